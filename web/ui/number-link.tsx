import type { ReactNode } from "react";
import { Link } from "wouter";
import type { Permission } from "../../server/domain/endpoint.ts";
import { useMe } from "../queries.ts";

export function useMay(permission: Permission): boolean {
  return useMe().data?.permissions.includes(permission) ?? false;
}

interface NumberLinkProps {
  readonly href: string | null;
  /** What is counted: "Success, Tue 17 Nov 10:00". The accessible name is the number and this. */
  readonly of?: string;
  /** The exact value where `children` is short. */
  readonly exact?: string;
  readonly className?: string;
  readonly needs?: Permission;
  readonly children: ReactNode;
}

/** A number that leads to what was counted. Without the right to read that, plain text that says so. */
export function NumberLink({
  href,
  of,
  exact,
  className = "num",
  needs = "invocations.read",
  children,
}: NumberLinkProps) {
  const may = useMay(needs);
  if (href === null || !may) {
    return (
      <span className={className} title={may ? exact : `The records need the permission ${needs}`}>
        {children}
      </span>
    );
  }
  return (
    <Link className={className} href={href} title={exact}>
      {children}
      {of === undefined ? null : <span className="vh"> {of}</span>}
    </Link>
  );
}
