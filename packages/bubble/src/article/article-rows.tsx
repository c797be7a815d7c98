import type { JSX, ReactNode } from "react"
import { Picture } from "../picture.tsx"

export interface ArticleRow {
  readonly title: string
  readonly description: string
  /** "" for an article without a picture. */
  readonly pictureUrl: string
  /** Whether the picture is a file of the message, not an address. */
  readonly isPictureUploaded: boolean
}

interface ArticleRowsProps<Row extends ArticleRow> {
  readonly rows: readonly Row[]
  /** Makes the element that a reader presses to open a row. */
  readonly target: (row: Row, className: string, inside: ReactNode) => JSX.Element
}

/**
 * Articles: the first one is large, with its words below the picture if it is the only one and across the picture if
 * not; the others are small.
 */
export function ArticleRows<Row extends ArticleRow>({ rows, target }: ArticleRowsProps<Row>): JSX.Element {
  const isAlone = rows.length === 1
  return (
    <ul className="wb-card wb-articles">
      {rows.map((row, index) => {
        const isLarge = index === 0
        const inside = isAlone ? <Alone row={row} /> : isLarge ? <Large row={row} /> : <Small row={row} />
        return <li key={index}>{target(row, isLarge ? "wb-article wb-article-large" : "wb-article", inside)}</li>
      })}
    </ul>
  )
}

interface RowProps {
  readonly row: ArticleRow
}

const Alone = ({ row }: RowProps): JSX.Element => (
  <>
    <RowPicture className="wb-article-picture" row={row} />
    <span className="wb-article-words">
      <span className="wb-title">{row.title}</span>
      {row.description !== "" && <span className="wb-quiet wb-prose">{row.description}</span>}
    </span>
  </>
)

function Large({ row }: RowProps): JSX.Element {
  if (row.pictureUrl === "") return <Small row={row} />
  return (
    <>
      <RowPicture className="wb-article-picture" row={row} />
      <span className="wb-article-across">{row.title}</span>
    </>
  )
}

const Small = ({ row }: RowProps): JSX.Element => (
  <span className="wb-article-small">
    <span className="wb-article-title">{row.title}</span>
    <RowPicture className="wb-article-thumb" row={row} />
  </span>
)

const RowPicture = ({ row, className }: RowProps & { readonly className: string }): JSX.Element | undefined =>
  row.pictureUrl === "" ? undefined : (
    <Picture className={className} url={row.pictureUrl} isUploaded={row.isPictureUploaded} />
  )
