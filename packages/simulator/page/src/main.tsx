import { StrictMode } from "react"
import { createRoot } from "react-dom/client"
import "./styles/base.css"
import { App } from "./shell/app.tsx"

const root = document.getElementById("root")
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  )
}
