import type { CSSProperties } from "react"

const COLOUR = /^(?:#[0-9a-f]{3,8}|[a-z]{3,20}|rgba?\([\d\s.,%/]{1,40}\))$/i

/** The style properties that an article may set: enough for emphasis and layout, nothing that loads, covers or moves. */
const ALLOWED: ReadonlyMap<string, readonly [keyof CSSProperties, RegExp]> = new Map([
  ["color", ["color", COLOUR]],
  ["background-color", ["backgroundColor", COLOUR]],
  ["text-align", ["textAlign", /^(?:left|right|center|justify)$/i]],
  ["font-weight", ["fontWeight", /^(?:bold|normal|[1-9]00)$/i]],
  ["font-style", ["fontStyle", /^(?:italic|normal)$/i]],
  ["text-decoration", ["textDecoration", /^(?:underline|line-through|none)$/i]],
  ["font-size", ["fontSize", /^(?:[89]|[1-3]\d)px$/i]],
])

/** The harmless part of a `style` attribute; undefined when nothing is left. */
export function safeStyle(declarations: string): CSSProperties | undefined {
  const style: Record<string, string> = {}
  for (const declaration of declarations.slice(0, 2000).split(";")) {
    const colon = declaration.indexOf(":")
    const rule = ALLOWED.get(declaration.slice(0, Math.max(colon, 0)).trim().toLowerCase())
    const value = declaration.slice(colon + 1).trim()
    if (rule !== undefined && rule[1].test(value)) style[rule[0]] = value
  }
  return Object.keys(style).length === 0 ? undefined : style
}
