import { useCallback, useState, type JSX, type ReactNode } from "react"
import type { BodyProps } from "../body-props.ts"
import { type Fields, listOf, textOf } from "../loose.ts"
import { useSurroundings } from "../surroundings.ts"
import { ArticlePage } from "./article-page.tsx"
import { type ArticleRow, ArticleRows } from "./article-rows.tsx"

interface MpNewsRow extends ArticleRow {
  readonly article: Fields
}

export function MpNews({ fields }: BodyProps): JSX.Element {
  const { mediaUrl } = useSurroundings()
  const [open, setOpen] = useState<Fields>()
  const rows = listOf(fields["articles"]).map((article): MpNewsRow => {
    const { title, digest, thumb_media_id } = article
    const mediaId = textOf(thumb_media_id)
    const pictureUrl = mediaId === "" ? "" : (mediaUrl(mediaId) ?? "")
    return { title: textOf(title), description: textOf(digest), pictureUrl, isPictureUploaded: true, article }
  })
  const target = useCallback(
    ({ article }: MpNewsRow, className: string, inside: ReactNode) => (
      <button type="button" className={className} aria-haspopup="dialog" onClick={() => setOpen(article)}>
        {inside}
      </button>
    ),
    [],
  )
  return (
    <>
      <ArticleRows rows={rows} target={target} />
      {open !== undefined && <ArticlePage article={open} onClose={() => setOpen(undefined)} />}
    </>
  )
}
