type Json = { readonly [name: string]: unknown }

/**
 * Each schema exists in two forms, as input (`MessageInput`) and as output (`Message`), even if nothing refers to it. Keeps
 * only the forms that the paths use; if only one form is used, it gets the plain name.
 */
export function tidy(document: Json): Json {
  const components = objectAt(document, "components")
  const schemas = objectAt(components, "schemas")
  const used = reachable(document["paths"], schemas)
  const nameOf = (name: string): string => {
    const plain = name.endsWith(INPUT) ? name.slice(0, -INPUT.length) : name
    return used.has(plain) ? name : plain
  }
  const kept = Object.entries(schemas).filter(([name]) => used.has(name))
  const tidied = { ...components, schemas: Object.fromEntries(kept.map(([name, schema]) => [nameOf(name), schema])) }
  const text = JSON.stringify({ ...document, components: tidied }, (key, value: unknown) =>
    key === "$ref" && typeof value === "string" ? PREFIX + nameOf(value.slice(PREFIX.length)) : value,
  )
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an object of JSON
  return JSON.parse(text) as Json
}

function reachable(from: unknown, schemas: Json): ReadonlySet<string> {
  const found = new Set<string>()
  const open: unknown[] = [from]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const [, name = ""] of JSON.stringify(next).matchAll(REFERENCE)) {
      if (found.has(name)) continue
      found.add(name)
      open.push(schemas[name])
    }
  }
  return found
}

const PREFIX = "#/components/schemas/"
const INPUT = "Input"
const REFERENCE = /"\$ref":"#\/components\/schemas\/([^"]+)"/g

function objectAt(parent: Json, name: string): Json {
  const child = parent[name]
  if (typeof child !== "object" || child === null) throw new TypeError(`${name} is missing from the document`)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an object of JSON
  return child as Json
}
