export default function Page(_: { rest: string[] }) { return <div />; }
