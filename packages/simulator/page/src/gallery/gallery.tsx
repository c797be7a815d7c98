import "@wecom-push/bubble/bubble.css"
import { EXAMPLES } from "@wecom-push/bubble/examples"
import type { JSX } from "react"
import "./gallery.css"
import { GalleryItem } from "./gallery-item.tsx"

const TITLES = { zh: "消息样例", en: "One of everything" } as const

/** One of everything a message can be, drawn as the phones draw it. */
export function Gallery({ language }: { readonly language: "zh" | "en" }): JSX.Element {
  return (
    <section className="gallery" aria-label={TITLES[language]}>
      <ul className="gallery-items">
        {EXAMPLES.map((example) => (
          <GalleryItem key={example.name.en} example={example} language={language} />
        ))}
      </ul>
    </section>
  )
}
