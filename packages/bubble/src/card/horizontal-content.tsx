import type { JSX } from "react"
import type { BodyProps } from "../body-props.ts"
import { Paperclip, Person } from "../icons/icons.tsx"
import { Link } from "../link.tsx"
import { type Fields, listOf, numberOf, textOf } from "../loose.ts"
import { useMedium } from "../media/use-medium.ts"
import { pairClass } from "../pair-class.ts"
import { useWords } from "../surroundings.ts"
import { Unbroken } from "../unbroken.tsx"

/** `horizontal_content_list`: names and values side by side. */
export function HorizontalContent({ fields: card }: BodyProps): JSX.Element | undefined {
  const items = listOf(card["horizontal_content_list"])
  if (items.length === 0) return undefined
  return (
    <dl className="wb-pairs">
      {items.map((item, index) => (
        <div key={index} className={pairClass(textOf(item["value"]))}>
          <dt>{textOf(item["keyname"])}</dt>
          <dd>
            <Value item={item} />
          </dd>
        </div>
      ))}
    </dl>
  )
}

function Value({ item }: { readonly item: Fields }): JSX.Element {
  const value = textOf(item["value"])
  const type = numberOf(item["type"])
  if (type === 1) return <Link url={textOf(item["url"])}>{value || textOf(item["url"])}</Link>
  if (type === 2) return <Attachment name={value} mediaId={textOf(item["media_id"])} />
  if (type === 3) return <Member name={value} userid={textOf(item["userid"])} />
  return (
    <bdi>
      <Unbroken text={value} />
    </bdi>
  )
}

function Attachment({ name, mediaId }: { readonly name: string; readonly mediaId: string }): JSX.Element {
  const words = useWords()
  const medium = useMedium(mediaId)
  const label = name || medium.name || words.unnamedFile
  if (medium.url === undefined) {
    return (
      <span className="wb-attached wb-off" title={words.gone.file}>
        <Paperclip />
        <bdi>{label}</bdi>
        <span className="wb-hidden">{words.gone.file}</span>
      </span>
    )
  }
  return (
    <a className="wb-attached" href={medium.url} download={medium.name ?? label} title={words.download(label)}>
      <Paperclip />
      <bdi>{label}</bdi>
    </a>
  )
}

/** WeCom opens the member's card; there is none to open here. */
function Member({ name, userid }: { readonly name: string; readonly userid: string }): JSX.Element {
  const words = useWords()
  return (
    <span className="wb-attached wb-member" title={words.member(userid)}>
      <Person />
      <bdi>{name || userid}</bdi>
    </span>
  )
}
