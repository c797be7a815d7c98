import type { Bilingual } from "./language.ts"

/**
 * Who has to act. `token`: the client, which fetches a new token. `transient`: no one, since it passes by itself.
 * `throttled`: the caller, who sent too much. `recipient`: the address is wrong or cannot be reached. `configuration`:
 * an operator, in WeCom's admin console. `request`: the programmer who made the message.
 */
export type ErrcodeClass = "token" | "transient" | "throttled" | "recipient" | "configuration" | "request"

/** When the same call may be made again. */
export type ErrcodeRetry = "after_refresh" | "backoff" | "after_window" | "after_repair" | "without_recipient" | "never"

/** The meaning of one of WeCom's codes and the next step, in our own words. */
export interface ErrcodeEntry {
  readonly errcode: number
  /** A word for programs and logs, such as `address_not_trusted`. Unique among the known codes. */
  readonly name: string
  readonly class: ErrcodeClass
  readonly retry: ErrcodeRetry
  readonly meaning: Bilingual
  readonly todo: Bilingual
}

/** A row of the tables; `retry` follows from the class unless the row says otherwise. */
export type ErrcodeRow = Omit<ErrcodeEntry, "retry"> & { readonly retry?: ErrcodeRetry }
