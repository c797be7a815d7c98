import { isXmlList, type XmlContent, type XmlElement, type XmlValue } from "./xml.ts"

/** The names of a card's XML elements that do not follow from the JSON names by a rule. */
const IRREGULAR: Readonly<Record<string, string>> = {
  keyname: "KeyName",
  appid: "AppId",
  pagepath: "PagePath",
  userid: "UserId",
  checkbox: "CheckBox",
}

const NUMBERS: ReadonlySet<string> = new Set(["type", "desc_color", "style", "mode", "aspect_ratio"])
const BOOLEANS: ReadonlySet<string> = new Set(["is_checked", "disable"])

/**
 * A card as the XML of a passive reply: `card_type` becomes `CardType`, and a list repeats its element.
 * @see https://developer.work.weixin.qq.com/document/path/90241
 */
export function cardToXml(card: object): { readonly [name: string]: XmlContent } {
  return Object.fromEntries(Object.entries(card).map(([name, value]) => [elementName(name), toXml(value)]))
}

/** A card as JSON writes it, from the XML of a passive reply. */
export function cardFromXml(element: XmlElement): Readonly<Record<string, unknown>> {
  const members = Object.entries(element).map(([name, value]) => [jsonName(name), value] as const)
  return Object.fromEntries(members.map(([name, value]) => [name, fromXml(name, value ?? "")]))
}

function toXml(value: unknown): XmlContent {
  if (Array.isArray(value)) return value.map(toXml)
  if (typeof value === "object" && value !== null) return cardToXml(value)
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : undefined
}

function fromXml(name: string, value: XmlValue): unknown {
  if (isXmlList(value)) return value.map((one) => fromXml("", one))
  if (name.endsWith("_list")) return [fromXml("", value)]
  if (typeof value === "object") return cardFromXml(value)
  if (NUMBERS.has(name) && /^-?\d+(\.\d+)?$/.test(value)) return Number(value)
  return BOOLEANS.has(name) ? value === "true" || value === "1" : value
}

function elementName(name: string): string {
  const words = name.split("_").map((word) => word.charAt(0).toUpperCase() + word.slice(1))
  return IRREGULAR[name] ?? words.join("")
}

function jsonName(name: string): string {
  const irregular = Object.keys(IRREGULAR).find((one) => one === name.toLowerCase())
  return irregular ?? name.replaceAll(/(?<=.)(?=[A-Z])/g, "_").toLowerCase()
}
