import type { DatabaseSync, StatementSync } from "node:sqlite"
import { LARGE_TEXT } from "../../model/large-text.ts"
import type { Message } from "../../model/message.ts"
import { packParts } from "../pack-parts.ts"
import { text } from "../row.ts"

/**
 * Texts of megabytes, stored apart from the rows of messages and calls, so that a change of such a row does not write
 * them again.
 */
export class LargeTexts {
  readonly #insert: StatementSync
  readonly #data: StatementSync

  constructor(db: DatabaseSync) {
    this.#insert = db.prepare("insert into large_texts (message, call, data) values (?, ?, ?) on conflict do nothing")
    this.#data = db.prepare("select data from large_texts where message = ? and call = ?")
  }

  /** Inside a transaction. @returns the text for the row of the message */
  ofMessage(seq: number, { parts, msgtype }: Pick<Message, "parts" | "msgtype">): string {
    const packed = packParts(parts)
    // The row's parts are counted, and a card is found by its task: neither is long.
    return parts.length === 1 && msgtype !== "template_card" ? this.#put(seq, OF_MESSAGE, packed) : packed
  }

  /** The same for a call: an existing one keeps its text. */
  ofCall(seq: number, number: number, body: string): string {
    return this.#put(seq, number, body)
  }

  /** The text of a message with `APART` in its row. */
  messageText(seq: number): string {
    return this.#get(seq, OF_MESSAGE)
  }

  /** The body of a call, from the text in its row. */
  callBody(seq: number, number: number, inRow: string): string {
    return inRow === APART ? this.#get(seq, number) : inRow
  }

  #put(seq: number, call: number, data: string): string {
    if (data.length <= LARGE_TEXT) return data
    this.#insert.run(seq, call, data)
    return APART
  }

  #get(seq: number, call: number): string {
    return text(this.#data.get(seq, call) ?? {}, "data")
  }
}

/** Written in a row instead of a text that is stored apart: neither a content nor a body is ever empty. */
export const APART = ""
/** Calls are numbered from 1. */
const OF_MESSAGE = 0

/** SQL for the text itself, wherever it is stored. */
export const textOf = (column: string, message: string, call: string): string =>
  `case when ${column} = '' then (select data from large_texts where large_texts.message = ${message} and large_texts.call = ${call}) else ${column} end`
