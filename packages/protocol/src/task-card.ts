/**
 * 任务卡片, a card with one or two buttons. WeCom's documentation has template cards in its place, and no longer names it;
 * programs still send it.
 * @see https://developer.work.weixin.qq.com/document/path/91579
 */
export interface TaskCard {
  /** At most 128 bytes, WeCom cuts the rest. */
  readonly title: string
  /** At most 512 bytes, WeCom cuts the rest. */
  readonly description: string
  /** At most 2048 bytes, with http:// or https://. */
  readonly url?: string
  /** At most 128 letters, digits, `_`, `-` and `@`; never used before by the app. */
  readonly task_id: string
  /** One or two. */
  readonly btn: readonly TaskCardButton[]
}

export interface TaskCardButton {
  /** At most 128 bytes; comes back in `taskcard_click`. */
  readonly key: string
  readonly name: string
  /** Takes the place of the buttons once this one is pressed; 已处理 when absent. */
  readonly replace_name?: string
  /** `blue` when absent. */
  readonly color?: "red" | "blue"
  readonly is_bold?: boolean
}
