/** The answer does not have the form that a gateway's answers have. */
export class UnexpectedShape extends Error {
  override readonly name = "UnexpectedShape"
}

/** A JSON object from a gateway, read field by field: a field that is not as documented is reported at once. */
export class Fields {
  readonly raw: Readonly<Record<string, unknown>>

  constructor(value: unknown) {
    if (!isObject(value)) throw new UnexpectedShape("no object")
    this.raw = value
  }

  text(name: string): string {
    const value = this.raw[name]
    if (typeof value !== "string") throw new UnexpectedShape(name)
    return value
  }

  textOrNull(name: string): string | null {
    return this.raw[name] === null || this.raw[name] === undefined ? null : this.text(name)
  }

  number(name: string): number {
    const value = this.raw[name]
    if (typeof value !== "number") throw new UnexpectedShape(name)
    return value
  }

  numberOrNull(name: string): number | null {
    return this.raw[name] === null || this.raw[name] === undefined ? null : this.number(name)
  }

  flag(name: string): boolean {
    const value = this.raw[name]
    if (typeof value !== "boolean") throw new UnexpectedShape(name)
    return value
  }

  object(name: string): Fields {
    return new Fields(this.raw[name])
  }

  objectOrNull(name: string): Fields | null {
    return this.raw[name] === null || this.raw[name] === undefined ? null : this.object(name)
  }

  list<T>(name: string, read: (fields: Fields) => T): T[] {
    const value = this.raw[name]
    if (!Array.isArray(value)) throw new UnexpectedShape(name)
    return value.map((item) => read(new Fields(item)))
  }

  texts(name: string): string[] {
    return this.#values(name, (item) => typeof item === "string")
  }

  numbers(name: string): number[] {
    return this.#values(name, (item) => typeof item === "number")
  }

  #values<T>(name: string, isOne: (item: unknown) => item is T): T[] {
    const value: unknown = this.raw[name]
    if (!Array.isArray(value) || !value.every(isOne)) throw new UnexpectedShape(name)
    return value
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}
