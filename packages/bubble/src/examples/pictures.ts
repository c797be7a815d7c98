/** Drawn in place, so that the examples need no network. */
function picture(width: number, height: number, inside: string): string {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${inside}</svg>`
  return `data:image/svg+xml,${encodeURIComponent(svg)}`
}

const CURVE = "M60 330 C160 290 220 350 320 300 S480 320 560 270 S700 250 780 180 S920 120 1008 70"

/** 1068×455, as a large article picture should be. */
export const DISK_GRAPH = picture(
  1068,
  455,
  `<rect width="1068" height="455" fill="#16213a"/>
   <path d="M60 110H1008M60 200H1008M60 290H1008M60 380H1008" stroke="#2c3b5c" stroke-width="2"/>
   <path d="${CURVE}V380H60Z" fill="#3b7bff" fill-opacity=".25"/>
   <path d="${CURVE}" fill="none" stroke="#6fa8ff" stroke-width="6"/>
   <circle cx="1008" cy="70" r="12" fill="#ffb454"/>`,
)

export const LUNCH = picture(
  1068,
  455,
  `<rect width="1068" height="455" fill="#f3dfc3"/>
   <circle cx="534" cy="240" r="170" fill="#fff"/><circle cx="534" cy="240" r="135" fill="#d9733a"/>
   <path d="M430 220q50-50 104 0t104 0M430 265q50-50 104 0t104 0" fill="none" stroke="#f8d28a" stroke-width="16"/>
   <path d="M760 60L690 330M800 80L712 340" stroke="#7a4a2a" stroke-width="12" stroke-linecap="round"/>`,
)

export const MOUNTAINS = picture(
  600,
  400,
  `<rect width="600" height="400" fill="#cfe6f5"/><circle cx="460" cy="100" r="46" fill="#ffd27d"/>
   <path d="M0 330L170 120 300 280 400 170 600 350V400H0Z" fill="#5d8aa8"/>
   <path d="M0 370L240 260 420 350 600 300V400H0Z" fill="#3d6b58"/>`,
)

/** 150×150, as a small article picture should be. */
export const TRAIN = picture(
  150,
  150,
  `<rect width="150" height="150" fill="#dbe7ff"/><rect x="38" y="26" width="74" height="84" rx="16" fill="#2f6fde"/>
   <rect x="48" y="40" width="54" height="30" rx="6" fill="#eaf2ff"/><circle cx="54" cy="92" r="7" fill="#ffd27d"/>
   <circle cx="96" cy="92" r="7" fill="#ffd27d"/><path d="M50 112L36 132M100 112l14 20" stroke="#2f6fde" stroke-width="7"/>`,
)

export const GRADUATION = picture(
  150,
  150,
  `<rect width="150" height="150" fill="#e4f3ea"/><path d="M75 40L18 66l57 26 57-26z" fill="#1d7a52"/>
   <path d="M44 80v26q31 20 62 0V80" fill="#2f9c6b"/><path d="M126 68v34" stroke="#1d7a52" stroke-width="5"/>`,
)

/** 72×72, as the icon of a card's source should be. */
export const MONITOR = picture(
  72,
  72,
  `<rect width="72" height="72" fill="#e3403f"/><path d="M10 38h14l6-16 10 30 7-20 4 6h11" fill="none" stroke="#fff" stroke-width="5" stroke-linejoin="round"/>`,
)

export const ROCKET = picture(
  72,
  72,
  `<rect width="72" height="72" fill="#2f6fde"/><path d="M36 10c12 10 14 24 10 40H26c-4-16-2-30 10-40z" fill="#fff"/>
   <circle cx="36" cy="30" r="6" fill="#2f6fde"/><path d="M28 54l8 10 8-10" fill="#ffb454"/>`,
)
