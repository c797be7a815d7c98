import type { JSX, ReactNode } from "react"
import type { BodyProps } from "../body-props.ts"
import { listOf, textOf } from "../loose.ts"
import { Target, type TargetFields } from "../target.tsx"
import { type ArticleRow, ArticleRows } from "./article-rows.tsx"

interface NewsRow extends ArticleRow {
  readonly to: TargetFields
}

export function News({ fields }: BodyProps): JSX.Element {
  const rows = listOf(fields["articles"]).map((article): NewsRow => {
    const { title, description, picurl, url, appid, pagepath } = article
    // When a mini-program is given, WeCom ignores the address.
    const type = textOf(appid) === "" ? 1 : 2
    const to = { type, url, appid, pagepath }
    const words = { title: textOf(title), description: textOf(description) }
    return { ...words, pictureUrl: textOf(picurl), isPictureUploaded: false, to }
  })
  return <ArticleRows rows={rows} target={open} />
}

const open = ({ to }: NewsRow, className: string, inside: ReactNode): JSX.Element => (
  <Target to={to} className={className}>
    {inside}
  </Target>
)
