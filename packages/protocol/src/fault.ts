/** What a faulty value broke. `describeFault` turns it into a sentence. */
export type FaultRule =
  | "required"
  | "wrong_type"
  | "empty"
  | "too_long"
  | "too_short"
  | "too_many"
  | "too_few"
  | "not_allowed"
  | "bad_format"
  | "not_unique"
  | "conflict"
  | "unknown_field"
  | "lone_surrogate"
  | "nul"
  | "file_too_large"
  | "file_too_small"
  | "file_kind"
  | "file_unreadable"
  | "voice_too_long"

export type LimitUnit = "bytes" | "characters" | "items"

/**
 * One thing wrong with a message, found without asking WeCom.
 *
 * `errcode` is what WeCom itself answers to the same mistake. It is absent where WeCom says nothing: it cuts the
 * text (2048 bytes) or shows less, which is why we complain before it does.
 */
export interface Fault {
  /** Where, as in `template_card.button_list[2].key`. */
  readonly path: string
  readonly rule: FaultRule
  /** A warning is a suggestion of WeCom's for display; the message goes out all the same. */
  readonly severity: "error" | "warning"
  readonly errcode?: number
  readonly unit?: LimitUnit
  /** Of `unit`; `voice_too_long` counts seconds. */
  readonly limit?: number
  readonly actual?: number
  /** The values that would have been right. */
  readonly allowed?: readonly (string | number)[]
  /** The other field that makes this one wrong or needed, as in `action_menu`, or the form that was expected. */
  readonly because?: string
  /** The file that is at fault, as the caller named it. */
  readonly file?: string
}
