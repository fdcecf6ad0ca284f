import { linuxGuest } from "../../src/guest/linux/guest.ts";
import type { GuestSettings } from "../../src/guest/settings.ts";

/** The settings of a Linux guest in these tests. */
export const SETTINGS: GuestSettings = {
  mountTag: "aws-iam-token",
  mountPath: "/aws-iam-token",
  tokenName: "token",
  tokenReaders: "everyone",
  agentRoute: undefined,
  variables: new Map([
    ["AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/vm"],
    ["AWS_WEB_IDENTITY_TOKEN_FILE", "/run/aws-iam-token/token"],
  ]),
};

/** The settings of a guest with EKS Pod Identity. */
export const POD_IDENTITY: GuestSettings = {
  ...SETTINGS,
  agentRoute: { address: "169.254.170.23", gateway: "10.0.2.1" },
  variables: new Map([
    ["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/run/aws-iam-token/token"],
    ["AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23/v1/credentials"],
  ]),
};

/** The same settings with another role. */
export const withRole = (role: string): GuestSettings => ({
  ...SETTINGS,
  variables: new Map([...SETTINGS.variables, ["AWS_ROLE_ARN", role]]),
});

/** The boothook with these settings. */
export const boothookFor = (settings: GuestSettings) => linuxGuest.parts(settings).first;

/** The block of /etc/environment with these settings. */
export const BLOCK = `# BEGIN eks-irsa-sidecar
# Written anew on every boot; the lines outside of this block are yours.
AWS_ROLE_ARN=arn:aws:iam::111122223333:role/vm
AWS_WEB_IDENTITY_TOKEN_FILE=/run/aws-iam-token/token
# END eks-irsa-sidecar
`;
