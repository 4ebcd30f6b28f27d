// Runs before the first paint, so that a dark page never flashes white. A file of its own because nothing runs inline.
(() => {
  var choice = null;
  try {
    choice = localStorage.getItem("narrative-theme");
  } catch (_) {
    // A browser without storage follows the system.
  }
  var dark = choice === "dark" || (choice !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
})();
