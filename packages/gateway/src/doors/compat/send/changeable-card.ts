/**
 * Whether WeCom allows this card to be changed after it was sent.
 * @see https://developer.work.weixin.qq.com/document/path/90236
 */
export function isChangeableCard({ msgtype, template_card: card }: Readonly<Record<string, unknown>>): boolean {
  if (msgtype !== "template_card" || typeof card !== "object" || card === null) return false
  const isInteractive = "card_type" in card && INTERACTIVE.has(card.card_type)
  return isInteractive || ("action_menu" in card && hasActions(card.action_menu))
}

/** An empty menu does not count: Go's clients write one into every card. */
function hasActions(menu: unknown): boolean {
  if (typeof menu !== "object" || menu === null || !("action_list" in menu)) return false
  return Array.isArray(menu.action_list) && menu.action_list.length > 0
}

const INTERACTIVE: ReadonlySet<unknown> = new Set(["button_interaction", "vote_interaction", "multiple_interaction"])
