import type { JSX, ReactNode } from "react"
import { Link } from "./link.tsx"
import { numberOf, textOf } from "./loose.ts"
import { useWords } from "./surroundings.ts"

/** Where a part of a message leads, as WeCom writes it everywhere: 1 to an address, 2 into a mini-program. */
export interface TargetFields {
  readonly type?: unknown
  readonly url?: unknown
  readonly appid?: unknown
  readonly pagepath?: unknown
}

interface TargetProps {
  readonly to: TargetFields
  readonly className: string
  readonly label?: string | undefined
  readonly children?: ReactNode
}

/** A link to an address. A mini-program cannot be opened here: its appid and page are shown instead. */
export function Target({ to, className, label, children }: TargetProps): JSX.Element {
  const words = useWords()
  const type = numberOf(to.type)
  if (type === 1) {
    return (
      <Link className={className} url={textOf(to.url)} label={label}>
        {children}
      </Link>
    )
  }
  const isMiniProgram = type === 2
  const address = isMiniProgram
    ? [words.miniProgram, textOf(to.appid), textOf(to.pagepath)].join(" ").trim()
    : undefined
  return (
    <span className={className} title={address}>
      {children}
    </span>
  )
}

export const leadsSomewhere = (to: TargetFields): boolean => [1, 2].includes(numberOf(to.type) ?? 0)
