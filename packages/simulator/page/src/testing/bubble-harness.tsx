import "@fontsource-variable/noto-sans-sc"
import "@wecom-push/bubble/bubble.css"
import { Bubble, type BubbleProps, type Press } from "@wecom-push/bubble"
import type { JSX } from "react"
import { flushSync } from "react-dom"
import { createRoot } from "react-dom/client"
import "./bubble-harness.css"
import { Gallery } from "../gallery/gallery.tsx"

/** The functions by which a browser test controls the page that draws single bubbles. */
export interface BubbleHarness {
  draw(message: BubbleProps["message"], more?: Pick<BubbleProps, "recalled" | "pressed">): void
  drawGallery(language: "zh" | "en"): void
  /** From now on each press waits until `settle` is called. */
  hold(): void
  settle(): void
  readonly presses: readonly Press[]
}

declare global {
  var harness: BubbleHarness
}

const place = document.getElementById("root")
if (place === null) throw new Error("There is no place to draw at.")
const root = createRoot(place)
const presses: Press[] = []
let isHeld = false
let settle = (): void => undefined

function onPress(press: Press): Promise<void> | undefined {
  presses.push(press)
  if (!isHeld) return undefined
  const { promise, resolve } = Promise.withResolvers<void>()
  settle = resolve
  return promise
}

// Draws synchronously, so that a test never sees the page without the message.
const draw = (element: JSX.Element): void => flushSync(() => root.render(element))

globalThis.harness = {
  presses,
  draw: (message, more) =>
    draw(<Bubble language="zh" message={message} mediaUrl={(id) => `/media/${id}`} onPress={onPress} {...more} />),
  drawGallery: (language) => draw(<Gallery language={language} />),
  hold: () => {
    isHeld = true
  },
  settle: () => settle(),
}
