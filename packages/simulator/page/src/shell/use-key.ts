import { useEffect, useEffectEvent } from "react"

/** Acts when a key is pressed anywhere but where one types. */
export function useKey(key: string, act: () => void): void {
  const run = useEffectEvent(act)
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.key !== key || event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return
      event.preventDefault()
      run()
    }
    document.addEventListener("keydown", onKeyDown)
    return () => document.removeEventListener("keydown", onKeyDown)
  }, [key])
}

function isTyping({ target, isComposing }: KeyboardEvent): boolean {
  return isComposing || (target instanceof Element && target.closest(TYPED_INTO) !== null)
}

const TYPED_INTO = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable], dialog"
