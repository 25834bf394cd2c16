import react from '@vitejs/plugin-react';
import { convertCssVariables, defaultCssVariablesResolver, mergeMantineTheme, DEFAULT_THEME } from '@mantine/core';
import { defineConfig, type Plugin } from 'vite';
import { fake } from './dev/fake/plugin.ts';
import { theme } from './src/shell/theme.ts';

/** Colours of Mantine that no desk uses: their variables would only weigh. */
const UNUSED = /--mantine-color-(pink|grape|violet|indigo|cyan|lime|blue|teal|orange)-/;

/**
 * The theme's CSS variables as a file. Mantine would write them into a <style> element at run time,
 * which a strict Content-Security-Policy forbids.
 */
function themeCss(): Plugin {
  const name = 'virtual:theme.css';
  return {
    name: 'theme-css',
    resolveId: (id) => (id === name ? '\0' + name : null),
    load(id) {
      if (id !== '\0' + name) return null;
      const all = defaultCssVariablesResolver(mergeMantineTheme(DEFAULT_THEME, theme));
      const used = (part: Record<string, string>) =>
        Object.fromEntries(Object.entries(part).filter(([key]) => !UNUSED.test(key)));
      return convertCssVariables(
        {
          variables: used(all.variables),
          light: { '--mantine-color-scheme': 'light', ...used(all.light) },
          dark: { '--mantine-color-scheme': 'dark', ...used(all.dark) },
        },
        ':root',
      );
    },
  };
}

export default defineConfig({
  base: '/desk/',
  plugins: [react(), themeCss(), fake()],
  build: {
    outDir: '../contactcenter/web/built',
    emptyOutDir: true,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: ['index.html', 'handset.html'] },
  },
});
