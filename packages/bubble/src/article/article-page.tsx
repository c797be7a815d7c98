import { useEffect, useMemo, useRef, type JSX } from "react"
import { type Fields, textOf, wholeTextOf } from "../loose.ts"
import { Link } from "../link.tsx"
import { useWords } from "../surroundings.ts"
import { isWebAddress } from "../web-address.ts"
import { articleContent } from "./article-content.tsx"

interface ArticlePageProps {
  readonly article: Fields
  readonly onClose: () => void
}

/** The page that WeCom opens over the conversation. Light in dark mode too, as its authors expect. */
export function ArticlePage({ article, onClose }: ArticlePageProps): JSX.Element {
  const words = useWords()
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  const content = wholeTextOf(article["content"])
  const nodes = useMemo(() => articleContent(content), [content])
  const title = textOf(article["title"])
  const sourceUrl = textOf(article["content_source_url"])
  return (
    <dialog ref={dialog} className="wb wb-article-page" aria-label={title} onClose={onClose}>
      <button type="button" className="wb-close" aria-label={words.close} onClick={() => dialog.current?.close()}>
        ×
      </button>
      <h1>{title}</h1>
      <p className="wb-quiet">{textOf(article["author"])}</p>
      <div className="wb-article-content">{nodes}</div>
      {isWebAddress(sourceUrl) && <Link url={sourceUrl}>{words.readOriginal}</Link>}
    </dialog>
  )
}
