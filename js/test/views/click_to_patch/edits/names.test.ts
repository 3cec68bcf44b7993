import { expect, it } from "vitest";
import {
  placeName,
  tokensName,
} from "../../../../src/views/click_to_patch/edits/names";

it("says what an address is", () => {
  expect(placeName("L3.H1")).toBe("head 1 of layer 3");
  expect(placeName("L11.H10.q")).toBe("queries of head 10 of layer 11");
  expect(placeName("L0.resid_pre")).toBe("stream into layer 0");
  expect(placeName("L2.MLP")).toBe("what the MLP writes in layer 2");
});

it("leaves an address as it is that it has no words for", () => {
  expect(placeName("L2.MLP.n120")).toBe("L2.MLP.n120");
  expect(placeName("somewhere")).toBe("somewhere");
});

it("names few tokens and counts many patches", () => {
  expect(tokensName([])).toBe("all tokens");
  expect(tokensName(["cls"])).toBe("cls");
  expect(tokensName(["(4,9)"])).toBe("patch (4,9)");
  expect(tokensName(["cls", "reg0", "(0,1)"])).toBe("cls, reg0 and patch (0,1)");
  const patches = Array.from({ length: 12 }, (_, column) => `(0,${column})`);
  expect(tokensName(patches)).toBe("12 patches");
  expect(tokensName(["cls", ...patches])).toBe("cls and 12 patches");
});
