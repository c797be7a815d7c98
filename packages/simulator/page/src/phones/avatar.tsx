import type { JSX } from "react"

/** A square with the first sign of a name, always in the same one of a few colours. */
export function Avatar({ name, kind }: { readonly name: string; readonly kind: "member" | "app" }): JSX.Element {
  const [first = ""] = name
  const hue =
    Array.from(name).reduce((sum, sign) => Math.imul(sum ^ (sign.codePointAt(0) ?? 0), 0x9e3779b1) >>> 1, 7) % HUES
  return (
    <span className={`avatar avatar-${kind} hue-${hue}`} aria-hidden="true">
      {first.toUpperCase()}
    </span>
  )
}

const HUES = 6
