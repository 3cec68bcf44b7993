/** Sentences that words are often put into. The seven are the ones that Radford et al.
 * (2021) found to do nearly as well on ImageNet as all of their eighty; open_clip has them
 * as `SIMPLE_IMAGENET_TEMPLATES`. */
export const READY_SETS = {
  plain: ["{}"],
  photo: ["a photo of a {}."],
  imagenet: [
    "itap of a {}.",
    "a bad photo of the {}.",
    "a origami {}.",
    "a photo of the large {}.",
    "a {} in a video game.",
    "art of the {}.",
    "a photo of the small {}.",
  ],
} as const;
