import { lazy, Suspense, type JSX } from "react"
import type { BodyProps } from "../body-props.ts"
import { textOf } from "../loose.ts"

// Where its chunk cannot be had (the server is gone, or was replaced), the text is shown as it was typed.
const MarkdownBody = lazy(() => import("./markdown-body.tsx").catch(() => ({ default: Typed })))

const Typed = ({ content }: { readonly content: string }): JSX.Element => <>{content}</>

export function Markdown({ fields }: BodyProps): JSX.Element {
  const content = textOf(fields["content"])
  return (
    <div className="wb-bubble wb-prose wb-markdown">
      <Suspense fallback={content}>
        <MarkdownBody content={content} />
      </Suspense>
    </div>
  )
}
