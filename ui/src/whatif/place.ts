export const PLACE = '/desk/routing/whatif';
