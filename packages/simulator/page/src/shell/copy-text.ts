/** @throws when the browser does not allow copying */
export async function copyText(text: string): Promise<void> {
  // Over plain HTTP browsers offer the clipboard only on this machine's own names, and a simulator in a container has
  // another name.
  const { clipboard } = navigator as { readonly clipboard?: Clipboard }
  if (clipboard !== undefined) return clipboard.writeText(text)
  const focused = document.activeElement
  const area = document.createElement("textarea")
  area.value = text
  area.className = "hidden-text"
  document.body.append(area)
  area.select()
  // oxlint-disable-next-line typescript/no-deprecated -- there is no other way without a secure context
  const isCopied = document.execCommand("copy")
  area.remove()
  if (focused instanceof HTMLElement) focused.focus()
  if (!isCopied) throw new Error("nothing was copied")
}
