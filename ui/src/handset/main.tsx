import '@mantine/core/styles/baseline.css';
import 'virtual:theme.css';
import { createRoot } from 'react-dom/client';
import '../shell/tokens.css';
import { startText } from '../text/i18n.ts';
import { HandsetPage } from './HandsetPage.tsx';

startText();
createRoot(document.getElementById('root')!).render(<HandsetPage />);
