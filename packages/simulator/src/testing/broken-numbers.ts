/** Amounts, telephone numbers and times in the bubbles of a page that are broken over several lines. */
export const BROKEN_NUMBERS = `(() => {
  const broken = []
  for (const bubble of document.querySelectorAll(".wb")) {
    const texts = document.createTreeWalker(bubble, NodeFilter.SHOW_TEXT)
    for (let text; (text = texts.nextNode()); ) {
      for (const { 0: number, index } of text.data.matchAll(/[+\\d][\\d.,:\\/-]{3,}/g)) {
        const range = document.createRange()
        range.setStart(text, index)
        range.setEnd(text, index + number.length)
        const tops = [...range.getClientRects()].filter(({ width }) => width > 0).map(({ top }) => Math.round(top))
        if (new Set(tops).size > 1) broken.push(number)
      }
    }
  }
  return broken
})()`
