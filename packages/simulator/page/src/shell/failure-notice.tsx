import { Component, type JSX, type ReactNode } from "react"
import { LanguageContext } from "./language.ts"
import { WORDS } from "./words.ts"

/** Says that a view broke, or could not be loaded because the simulator was replaced meanwhile. */
export class FailureNotice extends Component<{ readonly children: ReactNode }, { readonly hasFailed: boolean }> {
  static override readonly contextType = LanguageContext
  declare context: "zh" | "en"
  override readonly state = { hasFailed: false }

  static getDerivedStateFromError(): { hasFailed: boolean } {
    return { hasFailed: true }
  }

  override render(): ReactNode {
    return this.state.hasFailed ? this.#notice() : this.props.children
  }

  #notice(): JSX.Element {
    const words = WORDS[this.context]
    return (
      <main id="content" className="page failure" role="alert">
        <p>{words.failed}</p>
        <button type="button" className="plain-button" onClick={() => location.reload()}>
          {words.reload}
        </button>
      </main>
    )
  }
}
