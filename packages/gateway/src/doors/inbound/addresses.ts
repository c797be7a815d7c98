/** The lists of an audience, as in `/v1/messages`. */
export interface Addresses {
  readonly users: string[]
  readonly mobiles: string[]
  readonly emails: string[]
}

/**
 * The recipients in a parameter such as `to=13800000001,lisi,a@example.com`. Eleven digits that begin like a Chinese mobile,
 * and digits after a `+`, are a mobile, also in the full-width characters of a Chinese keyboard. A userid that looks like one can
 * only be named by a source or by `/v1/messages`.
 */
export function readAddresses(values: readonly string[]): Addresses {
  const read: Addresses = { users: [], mobiles: [], emails: [] }
  for (const item of values.flatMap((value) => value.split(/[,，、]/))) {
    const address = item.trim()
    if (address === "") continue
    if (MOBILE.test(address.normalize("NFKC"))) read.mobiles.push(address)
    else if (EMAIL.test(address)) read.emails.push(address)
    else read.users.push(address)
  }
  return read
}

// In a query, a plus is decoded as a space.
const MOBILE = /^(?:(?:(?:\+|00)?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}|\+\d[\d -]{4,30})$/
const EMAIL = /^[^@]+@[^@]+$/
