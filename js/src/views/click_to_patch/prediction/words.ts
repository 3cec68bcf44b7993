/** Every sentence of the prediction, in one place. */

export const prediction = "Prediction";
export const heading = "The model says";
export const flipped = (name: string) => `Flipped to ${name}`;
export const other = (name: string) => `Changed, but not to ${name}`;
export const away = (name: string) => `Changed: no longer ${name}`;
export const same = "not flipped";
export const unedited = "nothing is edited";
export const difference = (wanted: string, clean: string) =>
  `logit ${wanted} − logit ${clean}`;
export const change = (before: string, now: string) => `${before} → ${now}`;
export const table = "Likeliest classes, before and after";
export const columns = { class: "Class", now: "Now", change: "± points" } as const;
export const points = "Change in percentage points";
export const before = (share: string) => `${share} without edits`;
export const legend = "outlined: without edits; filled: now";
export const proof = "Proof";
export const proofHint = "What shows that the edits did this, and nothing else";
export const notOfThese = "What is shown below is not of these edits.";
