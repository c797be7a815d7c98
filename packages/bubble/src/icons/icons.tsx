import type { JSX } from "react"
import { classNames } from "../class-names.ts"

/** Drawn here, so that nothing has to be loaded and they take the colour of the text. */
function Icon({ path, className }: { readonly path: string; readonly className?: string }): JSX.Element {
  return (
    <svg className={classNames("wb-icon", className ?? false)} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={path} />
    </svg>
  )
}

export const Chevron = (): JSX.Element => <Icon path="M5.5 3l5 5-5 5" className="wb-chevron" />
export const Check = (): JSX.Element => <Icon path="M3 8.5l3.2 3.2L13 4.8" />
export const Dots = (): JSX.Element => <Icon path="M3 8h.01M8 8h.01M13 8h.01" className="wb-dots" />
export const Waves = (): JSX.Element => (
  <Icon path="M3 8h.01M6 5a4.2 4.2 0 0 1 0 6M9.2 2.2a8.2 8.2 0 0 1 0 11.6" className="wb-waves" />
)
export const Person = (): JSX.Element => <Icon path="M8 8a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2.5 14a5.5 5.5 0 0 1 11 0" />
export const Paperclip = (): JSX.Element => (
  <Icon path="M12.5 7.5l-4.8 4.8a3 3 0 0 1-4.2-4.2L8.6 3a2 2 0 0 1 2.8 2.8l-5 5a1 1 0 0 1-1.4-1.4l4.3-4.3" />
)
export const MiniProgramMark = (): JSX.Element => (
  <Icon path="M8 11a2.5 2.5 0 1 1-2.5-2.5C7 8.5 8 8 8 6.5V5a2.5 2.5 0 1 1 2.5 2.5" />
)
export const BrokenPicture = (): JSX.Element => (
  <Icon path="M2.5 3h11v10h-11zM2.5 11l3.5-3.5 2.5 2.5M10 6.5h.01M9 13l4.5-4.5" />
)
