// Runs before the first paint, so that a dark desk does not flash white. A file of its own because
// the page's Content-Security-Policy allows no inline script.
(function () {
  var stored = null;
  try {
    stored = localStorage.getItem('mantine-color-scheme-value');
  } catch (refused) {
    /* storage is switched off: follow the system */
  }
  var dark = matchMedia('(prefers-color-scheme: dark)').matches;
  var scheme = stored === 'dark' || stored === 'light' ? stored : dark ? 'dark' : 'light';
  document.documentElement.setAttribute('data-mantine-color-scheme', scheme);
})();
