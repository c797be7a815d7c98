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
 * One thing that is wrong with a message, found without asking WeCom.
 * `errcode` is WeCom's own answer to the same mistake; in a warning it is a possible answer. It is absent when WeCom
 * reports nothing: it cuts the text (2048 bytes), ignores a field or uses a default. Therefore we report it before
 * sending, unless `strict` is off (`tolerated`).
 */
export interface Fault {
  /** The place of the value, such as `template_card.button_list[2].key`. */
  readonly path: string
  readonly rule: FaultRule
  /**
   * A message with a warning is sent all the same: WeCom suggests another value for display, or it is unknown how WeCom
   * treats the value.
   */
  readonly severity: "error" | "warning"
  /** A warning that would be an error with `strict` on: WeCom cuts the value, ignores it or uses a default. */
  readonly tolerated?: true
  readonly errcode?: number
  readonly unit?: LimitUnit
  /** Counted in `unit`; for `voice_too_long` and for a `file_unreadable` that gave no data, in seconds. */
  readonly limit?: number
  readonly actual?: number
  /** The values that would have been right. */
  readonly allowed?: readonly (string | number)[]
  /** The other field that makes this one wrong or required, such as `action_menu`, or the expected form. */
  readonly because?: string
  /** The file that is at fault, as the caller named it. */
  readonly file?: string
}
