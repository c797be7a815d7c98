/**
 * 任务卡片, a card with one or two buttons. WeCom's documentation now describes template cards instead; programs still send
 * task cards.
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
  /** Replaces the buttons once this one is pressed; 已处理 when absent. */
  readonly replace_name?: string
  /** `blue` when absent. */
  readonly color?: "red" | "blue"
  readonly is_bold?: boolean
}
