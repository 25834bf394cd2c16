import { createTheme, MantineProvider, Menu, mergeThemeOverrides, ModalRoot, Tooltip } from '@mantine/core';
import { createRoot } from 'react-dom/client';
import { startText } from '../text/i18n.ts';
import { App } from './App.tsx';
import './styles.ts';
import { theme } from './theme.ts';

// Locking the page's scroll would add a style element at run time, which the page's policy forbids.
const defaults = createTheme({
  components: {
    ModalRoot: ModalRoot.extend({ defaultProps: { lockScroll: false, centered: true } }),
    Tooltip: Tooltip.extend({ defaultProps: { openDelay: 400, withArrow: true } }),
    Menu: Menu.extend({ defaultProps: { shadow: 'md', withinPortal: false, withInitialFocusPlaceholder: false } }),
  },
});

startText();
createRoot(document.getElementById('root')!).render(
  <MantineProvider theme={mergeThemeOverrides(theme, defaults)} defaultColorScheme="auto" withCssVariables={false} withGlobalClasses={false}>
    <App />
  </MantineProvider>,
);
