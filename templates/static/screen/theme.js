// Before the first paint, so that nobody sees the wrong theme flash by. `ui/theme.js` changes it later.
{
  const theme = localStorage.getItem("theme");
  if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
}
