/** The rule that a faulty value broke. `describeFault` turns it into a sentence. */
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
  | "left_out"
  | "lone_surrogate"
  | "nul"
  | "not_json"
  | "file_too_large"
  | "file_too_small"
  | "file_kind"
  | "file_unreadable"
  | "unsafe_file"
  | "voice_too_long"

export type LimitUnit = "bytes" | "characters" | "items"

/**
 * One thing wrong with a message, found without asking WeCom.
 *
 * `errcode` is what WeCom itself answers to the same mistake, or of a warning what it may answer. It is absent where
 * WeCom says nothing: it cuts the text (2048 bytes), ignores a field or takes a default, which is why we complain
 * before it does, unless `strict` is off (`tolerated`).
 */
export interface Fault {
  /** Where, as in `template_card.button_list[2].key`. */
  readonly path: string
  readonly rule: FaultRule
  /**
   * With a warning the message goes out all the same: WeCom suggests otherwise for display, or it is unknown what WeCom makes of it.
   */
  readonly severity: "error" | "warning"
  /** A warning that is an error where `strict` is on: WeCom cuts it, ignores it or takes a default. */
  readonly tolerated?: true
  readonly errcode?: number
  readonly unit?: LimitUnit
  /** Of `unit`; `voice_too_long` and a `file_unreadable` that stalled count seconds. */
  readonly limit?: number
  readonly actual?: number
  /** The values that would have been right. */
  readonly allowed?: readonly (string | number)[]
  /** The other field that makes this one wrong or needed, as in `action_menu`, or the form that was expected. */
  readonly because?: string
  /** The file that is at fault, as the caller named it. */
  readonly file?: string
}
