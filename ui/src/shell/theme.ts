import { createTheme, type MantineColorsTuple } from '@mantine/core';

const petrol: MantineColorsTuple = [
  '#eaf6f8', '#d5eaee', '#abd4dd', '#7cbccb', '#53a5b8', '#338fa4', '#1d7d93', '#0b6b7f', '#07596b', '#034656',
];

const gray: MantineColorsTuple = [
  '#f6f8f9', '#eef1f3', '#e2e7ea', '#d2d9dd', '#b6c0c6', '#8b979f', '#66737b', '#4b575f', '#323c43', '#1d252b',
];

const dark: MantineColorsTuple = [
  '#d3dade', '#b9c2c8', '#93a0a8', '#6c7981', '#435058', '#323d44', '#263037', '#1b2328', '#141b1f', '#0d1316',
];

/** Inline warnings and states use words and shapes besides these hues. */
export const theme = createTheme({
  primaryColor: 'petrol',
  primaryShade: { light: 7, dark: 6 },
  colors: { petrol, gray, dark },
  black: '#1d252b',
  defaultRadius: 'md',
  fontFamily:
    '"Inter", system-ui, -apple-system, "Segoe UI", Roboto, "PingFang SC", "Hiragino Sans GB", "Microsoft YaHei", "Noto Sans SC", "WenQuanYi Micro Hei", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, monospace',
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.125rem' },
  lineHeights: { xs: '1.4', sm: '1.45', md: '1.5', lg: '1.55', xl: '1.6' },
  headings: { fontWeight: '650', sizes: { h1: { fontSize: '1.25rem' }, h2: { fontSize: '1.0625rem' }, h3: { fontSize: '0.9375rem' } } },
  respectReducedMotion: true,
  cursorType: 'pointer',
});
