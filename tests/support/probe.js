// Run at the end of a page: leaves what a reader would stumble over as JSON in an element of its own.
const numbers = colour => colour.match(/[\d.]+/g).map(Number);
const channel = value => (value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
// Contrast as WCAG 2.2 defines it.
const contrast = (a, b) => {
  const [low, high] = [light(numbers(a)), light(numbers(b))].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
};
const ground = element => {
  for (let each = element; each; each = each.parentElement) {
    const colour = getComputedStyle(each).backgroundColor;
    if (numbers(colour)[3] !== 0) return colour;
  }
  return "rgb(255, 255, 255)";
};
const faint = [], outside = [], overlapping = [];
for (const element of document.querySelectorAll("main *")) {
  const style = getComputedStyle(element), inDrawing = element.closest("svg");
  const words = [...element.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.textContent.trim());
  const drawn = element.tagName === "path" && style.stroke !== "none";
  if (["SCRIPT", "title", "desc"].includes(element.tagName) || !(words || drawn)) continue;
  const colour = drawn ? style.stroke : inDrawing ? style.fill : style.color;
  const ratio = contrast(colour, ground(element));
  if (ratio < (drawn ? 3 : 4.5)) faint.push(`${element.textContent || element.getAttribute("class")}: ${ratio.toFixed(2)}`);
}
for (const svg of document.querySelectorAll("svg")) {
  const box = svg.viewBox.baseVal, texts = [...svg.querySelectorAll("text")].map(text => [text.textContent, text.getBBox()]);
  for (const [words, at] of texts) {
    if (at.x < 0 || at.y < 0 || at.x + at.width > box.width + 1 || at.y + at.height > box.height) outside.push(words);
  }
  texts.forEach(([words, a], i) => {
    for (const [other, b] of texts.slice(i + 1)) {
      const apart = a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y + 3 || b.y + b.height <= a.y + 3;
      if (!apart) overlapping.push(`${words} / ${other}`);
    }
  });
}
for (const chart of document.querySelectorAll(".chart")) chart.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight" }));
const found = document.createElement("script");
found.type = "application/json";
found.id = "probed";
found.textContent = JSON.stringify({
  dark: matchMedia("(prefers-color-scheme: dark)").matches,
  ground: getComputedStyle(document.body).backgroundColor,
  errors, faint, outside, overlapping,
  beyond: document.documentElement.scrollWidth - innerWidth,
  readout: document.querySelector(".readout")?.textContent,
});
document.body.append(found);
