import react from "@vitejs/plugin-react"
import { defineConfig } from "vite"

export default defineConfig({
  plugins: [react()],
  build: {
    // The policy under which the page is served lets nothing inline run.
    assetsInlineLimit: 0,
    // `light-dark()` follows the theme that is chosen; what it would be lowered to follows the system alone.
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    sourcemap: true,
    // The licences of what is bundled ask to be passed on with it.
    license: { fileName: "THIRD-PARTY-NOTICES.md" },
  },
  // `npx vite packages/simulator/page` shows changes at once, beside a simulator that runs on its usual port.
  server: { proxy: { "/_sim": "http://127.0.0.1:7780", "/cgi-bin": "http://127.0.0.1:7780" } },
})
