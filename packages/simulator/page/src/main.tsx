import { StrictMode } from "react"
import { createRoot } from "react-dom/client"
import "./styles/base.css"
import { App } from "./shell/app.tsx"
import { apply as applyTheme } from "./shell/theme.ts"

applyTheme()

const root = document.getElementById("root")
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  )
}
