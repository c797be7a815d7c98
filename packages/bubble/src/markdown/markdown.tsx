import { lazy, Suspense, type JSX } from "react"
import type { BodyProps } from "../body-props.ts"
import { textOf } from "../loose.ts"

// When its chunk cannot be loaded (the server is gone, or was replaced), the text is shown as it was typed.
const MarkdownBody = lazy(() => import("./markdown-body.tsx").catch(() => ({ default: Typed })))

const Typed = ({ content }: { readonly content: string }): JSX.Element => <>{content}</>

export function Markdown({ fields }: BodyProps): JSX.Element {
  return <MarkdownBubble content={textOf(fields["content"])} version={1} />
}

/** The markdown that only group robots have, besides the subset of apps. */
export function MarkdownV2({ fields }: BodyProps): JSX.Element {
  return <MarkdownBubble content={textOf(fields["content"])} version={2} />
}

function MarkdownBubble({ content, version }: { readonly content: string; readonly version: 1 | 2 }): JSX.Element {
  return (
    <div className="wb-bubble wb-prose wb-markdown">
      <Suspense fallback={content}>
        <MarkdownBody content={content} version={version} />
      </Suspense>
    </div>
  )
}
