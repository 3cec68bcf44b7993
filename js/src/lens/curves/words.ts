/** Every sentence of the curves, in one place. */
export const CURVES_WORDS = {
  title: (token: string) => `${token} through all layers`,
  hint: "Click or drag to go to a layer.",
  show: "Curves",
  measures: { probability: "Probability", logit: "Logit" },
  chart: (token: string, names: string) =>
    `Curves of ${token} through all layers: ${names}`,
  units: { probability: "probability, %", logit: "logit" },
  valuesAt: (layer: string) => `at ${layer} →`,
  go: "go to",
} as const;
