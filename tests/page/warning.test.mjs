// Which addresses browsers warn of.
import assert from "node:assert/strict";
import test from "node:test";
import { isWarnedOf } from "../../www/parts/warning.js";

test("browsers warn of https where only the server vouches for itself", () => {
  for (const address of ["https://192.168.1.7:8080/r/ABC234", "https://[fe80::1]:8080/", "https://laptop.local/r/A", "https://laptop:8080/", "https://localhost:8080/"]) {
    assert.equal(isWarnedOf(address), true, address);
  }
  for (const address of ["http://192.168.1.7:8080/r/ABC234", "https://convoy.example.org/r/ABC234", "http://localhost:8080/", "https://1.example.org/"]) {
    assert.equal(isWarnedOf(address), false, address);
  }
});
