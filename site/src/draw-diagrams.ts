// Draws diagrams while the site is built, so that pages need no script for them, in the colours of the page, light or dark.
import { renderMermaidSVG } from "beautiful-mermaid"

const DIAGRAM = /^```mermaid\n([\s\S]*?)^```$/gm

const COLORS = {
  bg: "var(--sl-color-bg)",
  fg: "var(--sl-color-text)",
  line: "var(--sl-color-gray-3)",
  accent: "var(--sl-color-text-accent)",
  muted: "var(--sl-color-gray-2)",
  surface: "var(--sl-color-bg-nav)",
  border: "var(--sl-color-gray-4)",
}

const SPACING = { padding: 8, nodeSpacing: 20, layerSpacing: 32 }

/** Mermaid's blocks of a Markdown text become SVG inside it. */
export function drawDiagrams(markdown: string): string {
  let count = 0
  return markdown.replaceAll(DIAGRAM, (_, source: string) => {
    const drawn = renderMermaidSVG(source, { ...COLORS, ...SPACING, transparent: true })
    return `<figure class="diagram">\n${insidePage(drawn, `diagram-${++count}`)}\n</figure>`
  })
}

/** Removes the font of another host and empty lines, at which Markdown would end the HTML, and makes the ids unique. */
function insidePage(svg: string, id: string): string {
  return svg
    .replace(/@import url\([^)]*\);/, "")
    .replace(/text \{ font-family: [^}]*\}/, "")
    .replaceAll(/(id="|url\(#)(arrowhead)/g, `$1${id}-$2`)
    .replaceAll(/(\d+\.\d{2})\d+/g, "$1")
    .replaceAll(/\n\s*\n/g, "\n")
}
