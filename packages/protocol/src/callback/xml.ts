/** The content of an element, as it was read: text, or elements by name. Elements with the same name are a list. */
export type XmlValue = string | XmlElement | readonly (string | XmlElement)[]

export interface XmlElement {
  readonly [name: string]: XmlValue | undefined
}

/**
 * The content to write into an element. Texts become CDATA; numbers and booleans are written without CDATA; a list
 * repeats its element.
 */
export type XmlContent =
  | string
  | number
  | bigint
  | boolean
  | undefined
  | { readonly [name: string]: XmlContent }
  | readonly XmlContent[]

/** Deeper than any card of WeCom's. */
const MAX_DEPTH = 16

// WeCom's bodies start with their root. A document type, which could declare entity bombs, would come before the root.
const STARTS_WITH_ROOT = /^\uFEFF?\s*(?:<\?xml\b[^>]*\?>\s*)?<xml>/

/**
 * Reads a body of WeCom's: the elements of its root `xml`. Every value stays text, so that the userid 007 and a 64-bit
 * MsgId keep their digits, and blanks around a text are kept.
 * @returns undefined for anything else: broken XML, a document type, another root, nesting over 16 deep
 */
export async function readXml(text: string): Promise<XmlElement | undefined> {
  if (!STARTS_WITH_ROOT.test(text)) return undefined
  // Loading it takes 40 ms, which a program without callbacks should not spend.
  const { XMLParser, XMLValidator } = await import("fast-xml-parser")
  if (XMLValidator.validate(text) !== true) return undefined
  const parser = new XMLParser({
    parseTagValue: false,
    processEntities: false,
    trimValues: false,
    ignoreDeclaration: true,
    ignorePiTags: true,
    maxNestedTags: MAX_DEPTH,
  })
  try {
    const document: unknown = parser.parse(text)
    const root = isRecord(document) ? elementOf(document["xml"]) : undefined
    return typeof root === "string" ? {} : root
  } catch {
    // The nesting is too deep, or an element has the name of a JavaScript property.
    return undefined
  }
}

/** Writes a body as WeCom does, on one line. */
export async function writeXml(content: Readonly<Record<string, XmlContent>>): Promise<string> {
  const { XMLBuilder } = await import("fast-xml-parser")
  const builder = new XMLBuilder({ cdataPropName: CDATA, processEntities: false })
  return builder.build({ xml: prepared(content) })
}

/** The text of an element, or "" when there is none. */
export function xmlText(element: XmlElement, name: string): string {
  const value = element[name]
  return typeof value === "string" ? value : ""
}

/** All elements of a name. */
export function xmlElements(element: XmlElement | undefined, name: string): XmlElement[] {
  return listOf(element?.[name]).filter((one) => typeof one !== "string")
}

/** The texts of all elements of a name. */
export function xmlTexts(element: XmlElement | undefined, name: string): string[] {
  return listOf(element?.[name]).filter((one) => typeof one === "string")
}

function listOf(value: XmlValue | undefined): readonly (string | XmlElement)[] {
  if (value === undefined) return []
  return isXmlList(value) ? value : [value]
}

export function isXmlList(value: XmlValue): value is readonly (string | XmlElement)[] {
  return Array.isArray(value)
}

const BETWEEN_ELEMENTS = "#text"

function elementOf(value: unknown): string | XmlElement | undefined {
  if (typeof value === "string") return value
  if (!isRecord(value)) return undefined
  const element: Record<string, XmlValue> = {}
  for (const [name, inside] of Object.entries(value)) {
    if (name === BETWEEN_ELEMENTS) continue
    const read = Array.isArray(inside) ? inside.map(elementOf).filter((one) => one !== undefined) : elementOf(inside)
    if (read !== undefined) element[name] = read
  }
  return element
}

const CDATA = "#cdata"

function prepared(content: XmlContent): unknown {
  if (typeof content === "string") return { [CDATA]: content.replaceAll(NOT_FOR_XML, "\uFFFD") }
  if (Array.isArray(content)) return content.map(prepared)
  if (typeof content === "bigint") return String(content)
  if (typeof content !== "object") return content
  const present = Object.entries(content).filter(([, value]) => value !== undefined)
  return Object.fromEntries(present.map(([name, value]) => [name, prepared(value)]))
}

/** XML cannot contain these characters; a terminal's colour codes have many of them. */
const NOT_FOR_XML = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}
