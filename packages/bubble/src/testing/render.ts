import "./load-tsx.ts"
import { setImmediate } from "node:timers/promises"
import { createElement } from "react"
import { renderToStaticMarkup } from "react-dom/server"
import type { BubbleProps } from "../bubble-props.ts"

// Not a static import: it would be resolved before the loader is in place.
const { Bubble } = await import("../bubble.tsx")

/** The markup of a bubble, in Chinese unless the test says otherwise. */
export function render(message: BubbleProps["message"], props: Partial<BubbleProps> = {}): string {
  return renderToStaticMarkup(createElement(Bubble, { language: "zh", ...props, message }))
}

/** The words a reader sees of it, a space between any two elements. */
export const wordsIn = (markup: string): string =>
  markup
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim()

// Markdown is drawn by a chunk that is loaded when first needed: here it is needed before the first test.
render({ msgtype: "markdown", markdown: { content: "" } })
await import("../markdown/markdown-body.tsx")
await setImmediate()
