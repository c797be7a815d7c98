/** The lists of an audience, as `/v1/messages` has them. */
export interface Addresses {
  readonly users: string[]
  readonly mobiles: string[]
  readonly emails: string[]
}

/**
 * Whom `to=13800000001,lisi,a@example.com` names. Eleven digits that begin like a Chinese mobile, and digits behind a `+`,
 * are a mobile; a userid that looks like one has to be named by a source or by `/v1/messages`.
 */
export function readAddresses(values: readonly string[]): Addresses {
  const read: Addresses = { users: [], mobiles: [], emails: [] }
  for (const item of values.flatMap((value) => value.split(","))) {
    const address = item.trim()
    if (address === "") continue
    if (MOBILE.test(address)) read.mobiles.push(address)
    else if (EMAIL.test(address)) read.emails.push(address)
    else read.users.push(address)
  }
  return read
}

// A plus in a query is a blank.
const MOBILE = /^(?:(?:(?:\+|00)?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}|\+\d[\d -]{4,30})$/
const EMAIL = /^[^@]+@[^@]+$/
