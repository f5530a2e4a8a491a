#!/usr/bin/env node
import{createRequire as e}from"module";var t,r,n,o,a,i,s={5833:((e,t,r)=>{r.d(t,{$:()=>l,n:()=>i});let n=["","k","m","g","t"],o=["B","kB","MB","GB","TB","KiB","MiB","GiB","TiB"],a=/^(\d+(?:_\d+)*)(?:\.(\d+))?$/;function i(e,t){let r=function(e){var t;if(""===e||/^bytes?$/i.test(e))return 1n;if(/^[kmgt]?i?(?:bits?|bps)$/i.test(e))return`${e} are bits: write bytes, such as 10MB`;let[,r="",a="",i=""]=/^([kmgt]?)(i?)(b?)$/i.exec(e)??[];return""===r&&(""!==a||""===i)?(t=e,/^e[+-]?\d+$/i.test(t)?"exponents are not read: write 1000000, 1_000_000 or 1MB":`${t} is no unit of bytes: there are ${o.join(", ")}`):"b"===i&&r!==r.toLowerCase()?`${e} are bits: write ${"K"===r&&""===a?"k":r}${a}B for bytes`:(""===a?1000n:1024n)**BigInt(n.indexOf(r.toLowerCase()))}(t);if("string"==typeof r)return{part:"unit",problem:r};let i=a.exec(e);if(!i)return{part:"number",problem:`${e} is no number: write it such as 12, 9.5 or 1_000_000`};let[,l="",u=""]=i;if(""!==u&&1n===r)return{part:"number",problem:`${e} has a fraction and no unit: write ${e} MB, or whole bytes`};if(e.length>60)return s;let d=BigInt(l.replaceAll("_","")+u)*r/10n**BigInt(u.length);return d>BigInt(Number.MAX_SAFE_INTEGER)?s:{bytes:Number(d)}}let s={part:"number",problem:`sizes go up to ${Number.MAX_SAFE_INTEGER} bytes (9 PB), and this is more`};function l(e){for(let t of[4,3,2,1])for(let r of[1e3,1024]){let n=r**t;if(e>=n&&e%(n/(1e3===r?10:2))==0)return`${e/n}${o[t+4*(1e3!==r)]??""}`}return String(e)}}),3988:((e,t,r)=>{r.d(t,{RE:()=>u,l$:()=>p,my:()=>d});var n=r(3915),o=r(5833),a=r(1444);let i=["pull","unpacked","added","layers","metadata-only-steps"],s=["base-image","drift"],l=["warn","fail"],u=[...i,...s,...l,"final","stage","noise","growth","and","including"],d=e=>"layers"===e||"metadata-only-steps"===e;function p(e){if(e.trimStart().startsWith("@")){var t=e;let r=t.indexOf("@"),n=t.slice(r+1).replace(/\s#.*$/su,"").trim();if(""===n)throw new a.CF("expected the path of a file behind @",{from:r,to:r+1});return{kind:"file",path:n}}let r=(0,a.k8)(e),n=(0,a.Ro)(r),o=n.peek();if("end"===o.kind)return{kind:"nothing"};let d=e.slice(o.from,r.at(-1)?.from);if(n.takes("noise"))return{kind:"noise",bytes:function(e){"at-most"===e.peek().kind&&e.next();let{amount:t}=f(e,"pull","ceiling");if(null===t)throw RangeError("a ceiling has no percentage");return c(e,"nothing more: noise is one size, such as noise 10kB"),t}(n),text:d};let p=function(e){if(e.takes("final"))return null;if(!e.takes("stage"))return;let t=e.next();if("quoted"===t.kind&&""!==t.text.trim())return t.text;if("word"!==t.kind)throw new a.CF(`expected the name of a stage, or the position of an unnamed one, ${m(t)}`,t);if(u.includes(t.text.toLowerCase()))throw new a.CF(`expected the name of a stage, found the word ${t.text}: a stage of that name is written "${t.text}"`,t);return t.text}(n),w=function(e,t,r){let n=e.next(),o=i.find(e=>(0,a.Jg)(n,e));if(o)return o;let s=`a measure (${i.join(", ")})`;if(!t)throw new a.CF(`expected ${s}, ${m(n)}${g(n,i)}`,n);let l=r[r.indexOf(n)+1],u=void 0!==l&&i.some(e=>(0,a.Jg)(l,e))&&("word"===n.kind||"quoted"===n.kind)&&!h(n,["final","stage"])?": for the stage of that name write stage in front of it":g(n,[...i,"final","stage","noise"]);throw new a.CF(`expected final, stage NAME or ${s}, ${m(n)}${u}`,n)}(n,void 0===p,r),b=n.takes("growth")?"growth":"ceiling";!function(e,t){let r=e.next();if("at-most"===r.kind)return;if("symbol"===r.kind)throw new a.CF(`expected <=, ${m(r)}: a limit is the most that is allowed`,r);let n="<="===t?"":g(r,["growth"]);throw new a.CF(`expected ${t}, ${m(r)}${n}`,r)}(n,"ceiling"===b?"growth or <=":"<=");let E=function(e,t,r){let n=f(e,t,r);if(!e.takes("and"))return n;let o=e.peek(),i=f(e,t,r);if(null===n.amount==(null===i.amount))throw new a.CF("behind and expected the other kind: one percentage and one amount, which must both be exceeded",o);return{amount:n.amount??i.amount,percent:n.percent??i.percent}}(n,w,b);return{kind:"rule",rule:{text:d,stage:p??null,measure:w,kind:b,limit:E,...function(e,t){let r=null,n=null;for(;;){let o=e.peek(),i=l.find(e=>(0,a.Jg)(o,e));if(null===n&&i)n=i,e.next();else if(null===r&&e.takes("including")){if("ceiling"===t)throw new a.CF("including is for growth: a ceiling is of the whole, whatever brought it",o);r=function(e){let t=new Set;do{let r=e.next(),n=s.find(e=>(0,a.Jg)(r,e));if(!n){let e=(0,a.Jg)(r,"change")?": the change counts always":g(r,s);throw new a.CF(`expected base-image or drift, ${m(r)}${e}`,r)}t.add(n)}while(function(e){let t=e.peek();return"symbol"===t.kind&&","===t.text&&(e.next(),!0)}(e)||e.takes("and"));return s.filter(e=>t.has(e))}(e)}else{let o=[...null===r&&"growth"===t?["including"]:[],...null===n?l:[]];return c(e,0===o.length?"the end of the rule":`${o.join(", ")} or the end of the rule`,o),{including:r??[],action:n??"fail"}}}}(n,b)}}}function f(e,t,r){let n=e.next(),i=`${d(t)?"a number such as 12":"a size such as 10MB"}${"growth"===r?" or a percentage such as 5%":""}`;if("word"===n.kind&&/^[-+\u2212]/u.test(n.text))throw new a.CF("a limit has no sign: it is 0 or more, and what shrinks never exceeds it",n);let s="word"===n.kind?/^([\d_.]*\d[\d_.]*)(.*)$/su.exec(n.text):null;if(!s)throw new a.CF(`expected ${i}, ${m(n)}`,n);let[,u="",p=""]=s,f=e.peek();if("symbol"===f.kind&&","===f.text&&f.from===n.to)throw new a.CF("numbers have no commas: write 1_000_000, or a point as in 9.5 MB",f);let c=""!==p||"word"!==f.kind||["and","including",...l].includes(f.text.toLowerCase())?{from:n.from+u.length,to:n.to,text:p}:e.next(),h=c.text,g={from:n.from,to:n.from+u.length};if("%"===h||/^percent$/i.test(h)){if("ceiling"===r)throw new a.CF("a percentage is of the baseline, so it is for growth only: write growth <=",{from:n.from,to:c.to});return{amount:null,percent:function(e,t){if(/^\d{1,7}(?:\.\d{1,3})?$/.test(e))return Number(e);throw new a.CF(`${e} % is no percentage that is read: write up to three digits after the point, such as 5% or 0.125%`,t)}(u,g)}}if(d(t)){if(""!==h)throw new a.CF(`${t} are counted: write ${i}, without a unit`,c);return{amount:function(e,t){if(/^\d+(?:_\d+)*$/.test(e)){let t=Number(e.replaceAll("_",""));if(Number.isSafeInteger(t))return t}throw new a.CF(`${e} is no count: write a whole number such as 12`,t)}(u,g),percent:null}}let w=(0,o.n)(u,h);if("bytes"in w)return{amount:w.bytes,percent:null};throw new a.CF(w.problem,"unit"===w.part?c:g)}function c(e,t,r=[]){let n=e.next();if("end"!==n.kind)throw new a.CF(`expected ${t}, ${m(n)}${g(n,r)}`,n)}let m=e=>"end"===e.kind?"found the end of the rule":`found ${e.text}`;function h(e,t){return"word"!==e.kind||e.text.length>40?null:(0,n.p)(e.text.toLowerCase(),t)}function g(e,t){let r=h(e,t);return null===r?"":`; did you mean ${r}?`}}),203:((e,t,r)=>{r.d(t,{Wp:()=>s,hn:()=>l,$N:()=>d,Dx:()=>p,C3:()=>u});var n=r(3916),o=r(5833),a=r(3988),i=r(1444);class s extends n.E0{}function l(e){return[...new Set(e.flatMap(e=>p(e).flatMap(({line:e})=>e instanceof i.CF||"file"!==e.kind?[]:[e.path])))]}function u(e,t){var r,n,o;let a,l=new Map,u=[],f=null;for(let{source:o,text:s,number:h,line:g}of(r=e,n=t,a=new Set,r.flatMap(e=>p(e).flatMap(t=>{let{line:r}=t,o=r instanceof i.CF||"file"!==r.kind||"file"===e.kind?null:r.path,s=null===o?void 0:n.get(o);if(null===o||void 0===s)return[{...t,source:e}];if(a.has(o))return[];a.add(o);let l={kind:"file",name:o,text:s};return p(l).map(e=>({...e,source:l}))})))){let e=c(o,h),t=e=>{u.push({source:o,text:s,number:h,problem:new i.CF(e,m(s))})};if(g instanceof i.CF)u.push({source:o,text:s,number:h,problem:g});else if("rule"===g.kind){let t=d(g);l.has(t)||l.set(t,{...g.rule,place:e})}else"noise"===g.kind?(f&&f.bytes!==g.bytes&&t(`noise is set already, to another size (${f.place})`),f??={bytes:g.bytes,place:e}):"file"===g.kind&&t("file"===o.kind?"a file of budgets cannot name another":`there is no file ${g.path}`)}let[g]=u;if(g){let e,t;throw new s("file"===g.source.kind?"UNREADABLE_INPUT":"USAGE",(e=(o=u).slice(0,5).map(h),t=o.length-e.length,[...e,...t>0?[`and ${t} more`]:[]].join("\n")))}return{rules:[...l.values()],noise:f?.bytes??1e3}}function d(e){switch(e.kind){case"nothing":return"";case"rule":return function(e){var t;let{amount:r,percent:n}=e.limit,i=[...null===n?[]:[`${n}%`],...null===r?[]:[(0,a.my)(e.measure)?String(r):(0,o.$)(r)]];return[null===e.stage?"final":`stage ${t=e.stage,/^[^\s<>=≤≥,"#@]+$/u.test(t)&&!a.RE.includes(t.toLowerCase())?t:`"${t.replaceAll('"','""')}"`}`,e.measure,..."growth"===e.kind?["growth"]:[],"<=",i.join(" and "),...0===e.including.length?[]:[`including ${e.including.join(", ")}`],..."warn"===e.action?["warn"]:[]].join(" ")}({...e.rule,stage:e.rule.stage?.toLowerCase()??null});case"noise":return`noise ${e.bytes}`;case"file":return`@${e.path}`}}function p({text:e}){return e.replace(/^\ufeff/,"").replace(/(?:\r\n|\n|\r)$/,"").split(/\r\n|\n|\r/,1001).map((e,t)=>({text:e,number:t+1,line:t<1e3?function(e){try{return(0,a.l$)(e)}catch(e){if(e instanceof i.CF)return e;throw e}}(e):f(e)}))}let f=e=>new i.CF("no more than 1000 lines of budgets are read",m(e));function c({kind:e,name:t,text:r},n){if("file"===e)return`${t}:${n}`;let o="input"===e?`input ${t}`:t;return"flag"!==e||/[\r\n]/.test(r.trim())?`${o}, line ${n}`:o}function m(e){return{from:e.length-e.trimStart().length,to:e.trimEnd().length}}function h({source:e,text:t,number:r,problem:n}){let{from:o,to:a}=n,i=o<=80?0:o-20,s=t.slice(i,i+100),l="^".repeat(Math.max(1,Math.min(a,i+s.length)-o)),u=String(r);return`${w(g(c(e,r)))}, column ${o+1}: ${w(g(n.message))}
  ${u} | ${w(s)}
  ${" ".repeat(u.length)} | ${" ".repeat(o-i)}${l}`}let g=e=>e.length<=300?e:`${e.slice(0,300)}…`;function w(e){return e.replace(/\s/g," ").replace(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu,e=>"�".repeat(e.length)).replace(/##(?=\[)/g,"#�").replace(/^( *):(?=:)/,"$1�")}}),1444:((e,t,r)=>{r.d(t,{CF:()=>n,Jg:()=>s,Ro:()=>i,k8:()=>a});class n extends Error{name="RuleProblem";from;to;constructor(e,t){super(e),this.from=t.from,this.to=t.to}}let o=/\s*(?:"((?:[^"]|"")*)(")?|(<=)|([<>=≤≥,"])|([^\s<>=≤≥,"]+))/uy;function a(e){let t=[],r=0;for(;;){o.lastIndex=r;let a=o.exec(e);if(!a)break;let i=o.lastIndex,[s,l,u,d,p,f]=a,c=r+s.length-s.trimStart().length;if(f?.startsWith("#")&&(0===c||c>r))break;if(void 0!==l&&void 0===u)throw new n("this quote is never closed",{from:c,to:c+1});void 0!==l?t.push({kind:"quoted",text:l.replaceAll('""','"'),from:c,to:i}):void 0!==d?t.push({kind:"at-most",text:d,from:c,to:i}):t.push({kind:void 0===f?"symbol":"word",text:f??p??"",from:c,to:i}),r=i}let a=t.at(-1)?.to??0;return[...t,{kind:"end",text:"",from:a,to:a+1}]}function i(e){let t=e.at(-1);if(!t)throw RangeError("a line has at least its end");let r=0,n=()=>e[r]??t;return{peek:n,next:()=>{let e=n();return r+=1,e},takes:e=>!!s(n(),e)&&(r+=1,!0)}}let s=(e,t)=>"word"===e.kind&&e.text.toLowerCase()===t}),5581:((e,t,r)=>{r.a(e,async(e,t)=>{try{var n=r(4867),o=r(9307);let e=(0,o.Z)(),a=await (0,n.r)(process.argv.slice(2),e.signal);e.dispose(),process.exitCode=e.exitStatus()??a,t()}catch(e){t(e)}},1)}),4867:((e,t,r)=>{r.d(t,{r:()=>D});var n=r(1614),o=r(3916),a=r(5803),i=r(79),s=r(3915);function l(e,t){let r=[],n=[];for(let a=0;a<e.length;a++){let i=e[a]??"";if("--"===i){n.push(...e.slice(a+1));break}if(!i.startsWith("-")||"-"===i){n.push(i);continue}let s=e[a+1],l=i.startsWith("--")?function(e,t,r){let n=e.indexOf("="),a=e.slice(2,n<0?void 0:n),i=r.find(e=>e.name===a);if(!i)throw c(`--${a}`,r);if(n>=0)return u(i,e.slice(n+1),[e]);if(!i.takesValue)return u(i,"true",[e]);if(void 0===t)throw new o.E0("USAGE",`flag --${a} needs a value: --${a} VALUE`);return u(i,t,[e,t])}(i,s,t):function(e,t,r){let n=[],a=e.slice(1);for(;""!==a;){let i=a.charAt(0),s=r.find(e=>e.short===i);if(!s)throw c(`-${i}`,r,e);if((a=a.slice(1)).length>1&&a.startsWith("=")){n.push(d(s,a.slice(1),[`-${i}${a}`]));break}if(!s.takesValue){n.push(d(s,"true",[`-${i}`]));continue}if(""!==a){n.push(d(s,a,[`-${i}${a}`]));break}if(void 0===t)throw new o.E0("USAGE",`flag -${i} needs a value: -${i} VALUE`);return n.push(d(s,t,[`-${i}`,t])),{words:[e,t],uses:n}}return{words:[e],uses:n}}(i,s,t);r.push(l),a+=l.words.length-1}return{groups:r,operands:n}}function u(e,t,r){return{words:r,uses:[d(e,t,r)]}}function d(e,t,r){return{flag:e,value:e.takesValue?t:function(e,t){if(p.has(t))return"true";if(f.has(t))return"false";throw new o.E0("USAGE",`flag --${e.name} is true or false, not "${t}"`)}(e,t),words:r}}let p=new Set(["1","t","T","true","TRUE","True"]),f=new Set(["0","f","F","false","FALSE","False"]);function c(e,t,r=e){let n=r.replace(/^-+/,""),a=(0,s.p)(n,t.map(e=>e.name)),i=null!==a&&n.length>1?`did you mean --${a}?`:"see --help for all flags";return new o.E0("USAGE",`unknown flag ${e}; ${i}`)}let m={s:1e3,m:6e4,h:36e5};var h=r(8028);let g=(e,t,r=null,n=!1)=>({own:!0,name:e,short:r,takesValue:t,repeatable:n}),w=[g("baseline",!0),g("budget",!0,null,!0),g("format",!0),g("help",!1,"h"),g("html",!0),g("json",!0),g("markdown",!0),g("no-color",!1),g("quiet",!1,"q"),g("version",!1)],b=[...w,g("comment",!0),g("name",!0),g("pull-request",!0),g("repository",!0)],E=[...w,g("baseline-timeout",!0),g("print",!1),g("stage-compression",!0)],$=[...w,g("platform",!0,null,!0)],x=["terminal","markdown","json"],k=["auto","keep","uncompressed"];function y(e,t){if(void 0!==S(e,"html"))throw new o.E0("USAGE","--html is not available yet: it comes in a later version");let r=S(e,"format")??"terminal";if("html"===r)throw new o.E0("USAGE","--format html is not available yet: it comes in a later version");return{format:A("--format",r,x),json:F(e,"json"),markdown:F(e,"markdown"),baseline:S(e,"baseline")??null,budgets:e.filter(e=>"budget"===e.flag.name).map(e=>e.value),quiet:v(e,"quiet"),noColor:v(e,"no-color")||(t.NO_COLOR??"")!==""}}let v=(e,t)=>"true"===S(e,t);function A(e,t,r){let n=r.find(e=>e===t);if(void 0===n)throw new o.E0("USAGE",`${e} is one of ${r.join(", ")}; not "${t}"`);return n}function S(e,t){return e.findLast(e=>e.flag.name===t)?.value}function F(e,t){let r=S(e,t);if(void 0===r)return null;if(""===r)throw new o.E0("USAGE",`--${t} needs the name of a file`);if("-"===r)throw new o.E0("USAGE",`--${t} writes a file; for standard output say --format ${t}`);return r}let C=["build","inspect","compare","render","publish"],U=[...E,...i.m];function R(e){let t=e.filter(e=>"platform"===e.flag.name).map(e=>e.value);if(0===t.length)return null;let r=t.join(",");if(!/^[\w.-]+(?:\/[\w.-]+){0,2}(?:,[\w.-]+(?:\/[\w.-]+){0,2})*$/.test(r))throw new o.E0("USAGE",`--platform is written os/architecture[/variant], such as linux/arm64; not "${r}"`);return r}function L(e,t){return v(t,"help")?{kind:"help",command:e}:v(t,"version")?{kind:"version"}:null}function M(e){let t=C.find(t=>t===e);if(void 0!==t)return t;if(e.startsWith("-"))throw new o.E0("USAGE",`flags come after the command: stage-footprint build ${e} …`);let r=(0,s.p)(e,C),n=null===r?`commands are ${C.join(", ")}`:`did you mean "${r}"?`;throw new o.E0("USAGE",`unknown command "${e}"; ${n}`)}function N(e){return e.groups.flatMap(e=>e.uses).flatMap(e=>"own"in e.flag?[{...e,flag:e.flag}]:[])}function I(e){return 0===e.length?"none":`${e.length}: ${e.map(e=>JSON.stringify(e)).join(", ")}`}let G=`Exit status:
  0  fine
  1  a budget failed
  2  wrong use, or an input that cannot be read
  3  the build failed; the builder's own message says why
  4  the engine or the network could not be reached
  5  the build is fine, but the report could not be made
`,_=`      --format FORMAT              Standard output: terminal, markdown or json
                                   (default "terminal")
      --json FILE                  Write the record too
      --markdown FILE              Write the report as Markdown too
      --baseline WHAT              Compare with a record or an image (a SOURCE);
                                   with "build" also with a commit or branch,
                                   which the same builder builds
      --budget RULE                A limit, such as "final pull <= 80MB" or
                                   "final pull growth <= 5% and 1MB"; @FILE
                                   reads them from a file (repeatable)
      --no-color                   No colours; the environment variable NO_COLOR
                                   does the same
  -q, --quiet                      No progress and no messages, only the report`,O=`Weighs every stage of a multi-stage Docker build.

Usage:
  stage-footprint COMMAND [FLAGS]

Commands:
  build CONTEXT       Build as "docker buildx build" does, and weigh every stage
  inspect SOURCE      Weigh an image that exists
  compare BASE HEAD   Say what changed between two images or records
  render RECORD       Show a report again, in any format, from its record
  publish RECORD...   Write the comment of a pull request from records

Flags:
  -h, --help          This help; "stage-footprint help COMMAND" for one command
  -v, --version       Print the version

Standard output carries the report alone; progress and messages go to standard
error.

${G}
Examples:
  stage-footprint build .
  stage-footprint build --baseline main --budget "final pull growth <= 1MB" .
  stage-footprint inspect docker-daemon:app
  stage-footprint render footprint.json --format markdown
`,T=`Builds as "docker buildx build" does, and weighs every stage.

Usage:
  stage-footprint build [FLAGS] PATH | URL | -

Your build runs first, exactly as you wrote it. Then each stage is weighed in
calls of its own, from the cache that the build has filled. Put
"stage-footprint" where "docker buildx" stood.

Report:
${_}
      --stage-compression MODE     How stages are exported for weighing (default
                                   "auto")
                                   auto: what suits the build; so far as keep
                                   keep: as the build compresses them, so that
                                     compressed sizes are known
                                   uncompressed: faster; compressed sizes of
                                     builder stages are not known
      --baseline-timeout TIME      Most time that building the base revision may
                                   take (default "10m")
      --print                      Show stages and calls as JSON, build nothing;
                                   build arguments and secrets are masked

Build:
  Every flag of "docker buildx build" (0.15 and later), before or after the
  context. Most used:
      --build-arg NAME[=VALUE]     Set a build argument
      --build-context NAME=WHERE   Add a named context
      --builder NAME               Use this builder instead of the current one
      --cache-from, --cache-to     Import and export build cache
  -f, --file FILE                  The Dockerfile (default "CONTEXT/Dockerfile")
      --load                       Load the image into the engine
      --no-cache                   Build anew; weighing then uses what was built
  -o, --output DEST                Where the result goes
      --platform LIST              Target platforms, each of them is weighed
      --push                       Push the image
      --secret id=ID[,src=FILE]    Give the build a secret
      --ssh default|ID[=SOCKET]    Give the build an SSH agent
  -t, --tag NAME[:TAG]             Name the image
      --target STAGE               Build, and weigh, up to this stage
  See "docker buildx build --help" for the rest. Two differ: -q and --quiet are
  those above, and --print is ours (buildx calls its own --call by now).

  -h, --help                       This help

${G}
Examples:
  Build, load and weigh:
    stage-footprint build -t app --load .
  Keep the record for later, and a Markdown report for a pull request:
    stage-footprint build --json footprint.json --markdown footprint.md .
  See what would run:
    stage-footprint build --print --target runtime .
`,j=`Shows a report again, in any format, from its record.

Usage:
  stage-footprint render [FLAGS] RECORD

RECORD is a file that "stage-footprint build --json FILE" wrote, or "-" for
standard input. Nothing is built or fetched.

Flags:
${_}
  -h, --help                       This help

${G}
Examples:
  stage-footprint render footprint.json
  stage-footprint render - --format markdown <footprint.json
`,B=`Weighs an image that exists, layer by layer.

Usage:
  stage-footprint inspect [FLAGS] SOURCE

SOURCE is written as skopeo has it (containers-transports(5)):
  oci:DIR[:REF]                An image layout in a folder
  oci-archive:FILE[:REF]       An image layout in a tar
  docker-archive:FILE[:REF]    What "docker save" writes; REF may be @N, the
                               Nth image from 0
  docker-daemon:REF            An image of the engine
  docker://REF                 An image in a registry, with the credentials
                               that "docker login" keeps
  PATH                         A folder or file; what is in it tells
Every image of the source is weighed. Lines and the base image come from the
image's provenance, where that has mode=max; else the history tells the
instructions, and lines are not known.

Flags:
      --platform LIST              Only these platforms (os/architecture);
                                   default are all that the source holds
${_}
  -h, --help                       This help

${G}
Examples:
  stage-footprint inspect docker-daemon:app
  stage-footprint inspect docker://python:3.13-slim --platform linux/amd64
  docker save app -o app.tar && stage-footprint inspect app.tar
`,q={build:T,render:j,inspect:B,compare:`Says what changed between two images or records.

Usage:
  stage-footprint compare [FLAGS] BASE HEAD

BASE and HEAD are records, which "stage-footprint build --json FILE" wrote, or
SOURCEs, as "stage-footprint inspect" takes them. Every growth is given to its
cause: the change, a base image that moved, or rebuild drift.

Flags:
      --platform LIST              Only these platforms (os/architecture)
${_}
  -h, --help                       This help

${G}
Examples:
  stage-footprint compare before.json after.json
  stage-footprint compare docker://app:1.2 docker-daemon:app
`,publish:`Writes the comment of a pull request from records.

Usage:
  stage-footprint publish [FLAGS] RECORD...

The token is read from the environment variable GITHUB_TOKEN, and needs the
permission to write pull requests. In a workflow the event tells the pull
request; elsewhere name it.

Flags:
      --repository OWNER/NAME      Default is GITHUB_REPOSITORY
      --pull-request N             Default is the event's
      --name NAME                  Whose comment it is, where there are several
      --comment WHEN               always, changes, failures or off (default
                                   "changes")
${_}
  -h, --help                       This help

${G}
Examples:
  stage-footprint publish --repository octo/app --pull-request 7 footprint.json
  stage-footprint publish --baseline before.json --comment always after.json
`};async function D(e,t){try{return await async function(e,t){if("help"===e.kind){var n;return process.stdout.write(null===(n=e.command)?O:q[n]),o.vu.ok}if("version"===e.kind)return process.stdout.write(`0.1.0
`),o.vu.ok;let{runCommand:a}=await Promise.all([r.e(934),r.e(400)]).then(r.bind(r,6400));return a(e,t)}(function(e,t){let[r,...n]=e;switch(r){case void 0:case"--help":case"-h":return{kind:"help",command:null};case"help":return{kind:"help",command:void 0===n[0]?null:M(n[0])};case"--version":case"-v":return{kind:"version"}}let i=M(r);switch(i){case"build":{let e=l(n,U);return L(i,N(e))??{kind:"build",...function(e,t){var r;let n=(r=N(e),{...y(r,t),stageCompression:A("--stage-compression",S(r,"stage-compression")??"auto",k),baselineTimeout:function(e,t){let r=[...t.matchAll(/(\d+(?:\.\d+)?)(h|m|s)/g)],n=r.reduce((e,[,t,r])=>e+Number(t)*m[r],0);if(0===r.length||r.map(([e])=>e).join("")!==t||n>24*m.h)throw new o.E0("USAGE",`${e} is a time such as 90s, 10m or 1h30m, a day at most; not "${t}"`);return n}("--baseline-timeout",S(r,"baseline-timeout")??"10m"),print:v(r,"print")}),[i,...s]=e.operands;if(void 0===i||s.length>0)throw new o.E0("USAGE",`"stage-footprint build" requires exactly 1 argument, the build context (PATH, URL or -), and got ${I(e.operands)}; see "stage-footprint build --help"`);return{build:(0,a.P)({context:i,uses:e.groups.flatMap(e=>e.uses).flatMap(e=>"own"in e.flag?[]:[{...e,flag:e.flag}]),argv:e.groups.flatMap(({words:e,uses:t})=>t.some(e=>"own"in e.flag)?t.filter(e=>!("own"in e.flag)).flatMap(e=>e.words):e),env:new Map}),options:n}}(e,t)}}case"render":{let e=l(n,w);return L(i,N(e))??function(e,t){let r=y(N(e),t),[n,...a]=e.operands;if(void 0===n||a.length>0)throw new o.E0("USAGE",`"stage-footprint render" requires exactly 1 argument, a record (FILE or -), and got ${I(e.operands)}; see "stage-footprint render --help"`);return{kind:"render",record:n,options:r}}(e,t)}case"inspect":{let e=l(n,$);return L(i,N(e))??function(e,t){let r=N(e),n=y(r,t),[a,...i]=e.operands;if(void 0===a||i.length>0)throw new o.E0("USAGE",`"stage-footprint inspect" requires exactly 1 argument, a source (oci:DIR, docker-archive:FILE, docker://REF, …), and got ${I(e.operands)}; see "stage-footprint inspect --help"`);return{kind:"inspect",source:a,platform:R(r),options:n}}(e,t)}case"compare":{let e=l(n,$);return L(i,N(e))??function(e,t){let r=N(e),n=y(r,t),[a,i,...s]=e.operands;if(void 0===a||void 0===i||s.length>0)throw new o.E0("USAGE",`"stage-footprint compare" requires exactly 2 arguments, base and head (records or sources), and got ${I(e.operands)}; see "stage-footprint compare --help"`);if(null!==n.baseline)throw new o.E0("USAGE",'the baseline of "stage-footprint compare" is its first argument; leave --baseline out');return{kind:"compare",base:a,head:i,platform:R(r),options:n}}(e,t)}case"publish":{let e=l(n,b);return L(i,N(e))??function(e,t){let r=function(e,t){let r=S(e,"pull-request"),n=S(e,"repository")??null;if(void 0!==r&&!/^[1-9]\d{0,14}$/.test(r))throw new o.E0("USAGE",`--pull-request is a number; not "${r}"`);if(null!==n&&!/^[^/\s]+\/[^/\s]+$/.test(n))throw new o.E0("USAGE",`--repository is OWNER/NAME; not "${n}"`);return{...y(e,t),repository:n,pullRequest:void 0===r?null:Number(r),name:S(e,"name")??null,comment:A("--comment",S(e,"comment")??"changes",h.s)}}(N(e),t);if(0===e.operands.length)throw new o.E0("USAGE",'"stage-footprint publish" requires records (FILE…); see "stage-footprint publish --help"');return{kind:"publish",records:e.operands,options:r}}(e,t)}}}(e,process.env),t)}catch(e){if(e instanceof o.cJ)return o.vu.ok;return(0,n.c)(`stage-footprint: ${(0,n.q)(e)}`),e instanceof o.E0?e.exitStatus:o.vu.reportFailed}}}),1614:((e,t,r)=>{r.d(t,{c:()=>s,q:()=>i});var n=r(203),o=r(3916),a=r(7789);function i(e){let t=e instanceof n.Wp?e.message:(0,a.en)((0,o.bD)(e));return`${t} [${e instanceof o.E0?e.code:"BUG"}]`}function s(e){process.stderr.write(`${e}
`)}}),3916:((e,t,r)=>{r.d(t,{E0:()=>a,bD:()=>s,cJ:()=>i,vu:()=>n});let n={ok:0,budgetFailed:1,wrongUse:2,buildFailed:3,unreachable:4,reportFailed:5},o={USAGE:n.wrongUse,UNREADABLE_INPUT:n.wrongUse,DOCKERFILE:n.wrongUse,BUILD_FAILED:n.buildFailed,ENGINE_UNREACHABLE:n.unreachable,REGISTRY_UNREACHABLE:n.unreachable,ENGINE_TOO_OLD:n.unreachable,NOT_SUPPORTED:n.reportFailed,WEIGHING_FAILED:n.reportFailed,LAYER:n.reportFailed,DISK_SPACE:n.reportFailed};class a extends Error{name="FootprintError";code;constructor(e,t,r){super(t,r),this.code=e}get exitStatus(){return o[this.code]}}class i extends Error{name="Cancelled"}function s(e){return e instanceof Error?e.message:String(e)}}),9307:((e,t,r)=>{r.d(t,{Z:()=>o});let n={SIGINT:130,SIGTERM:143,SIGHUP:129};function o(){let e=new AbortController,t=null,r=Object.entries(n).map(([r,n])=>{let o=()=>{t??=n,e.abort()};return process.on(r,o),[r,o]});return{signal:e.signal,exitStatus:()=>t,dispose:()=>{for(let[e,t]of r)process.off(e,t)}}}}),5803:((e,t,r)=>{r.d(t,{P:()=>o,f:()=>s});var n=r(3916);function o({context:e,uses:t,argv:r,env:n}){let s=e=>t.filter(t=>t.flag.name===e).map(e=>e.value),u=e=>s(e).at(-1)||null;return{context:e,file:u("file"),target:u("target"),platforms:s("platform").flatMap(e=>e.split(",")).map(e=>e.trim()).filter(e=>""!==e),buildArgs:s("build-arg"),buildContexts:new Map(s("build-context").map(i)),builder:u("builder"),outputs:s("output").map(l),tags:s("tag"),push:"true"===u("push"),load:"true"===u("load"),call:function(e){let t="build";for(let{flag:r,value:n}of e)"call"===r.name?t=n:"check"===r.name&&"true"===n&&(t="check");return""===t||"build"===t?null:t}(t),metadataFile:u("metadata-file"),iidFile:u("iidfile"),argv:r,stepArgv:t.filter(e=>"step"===e.flag.role).flatMap(e=>e.words),imageArgv:t.filter(e=>"image"===e.flag.role).flatMap(a),env:n}}function a({flag:e,value:t,words:r}){let n=t.split("=",1)[0]??"";if("annotation"!==e.name||!n.includes(":"))return r;let o=n.slice(0,n.indexOf(":")).split(","),i=o.filter(e=>!/^index(?:-descriptor)?(?:\[|$)/.test(e.trim()));return i.length===o.length?r:0===i.length?[]:["--annotation",i.join(",")+t.slice(n.indexOf(":"))]}function i(e){let t=e.indexOf("=");if(t<1)throw new n.E0("USAGE",`build context "${e}" is not NAME=PATH, NAME=URL or NAME=docker-image://IMAGE`);return[s(e.slice(0,t)),e.slice(t+1)]}function s(e){return e.toLowerCase().replace(/^(index\.)?docker\.io\//,"").replace(/^library\/(?=[^/]+$)/,"").replace(/:latest$/,"")}function l(e){let t=new Map(e.split(",").map(e=>{let[t="",r=""]=e.trim().replace(/^"(.*)"$/,"$1").split(/=(.*)/s);return[t.toLowerCase(),r]})),r=["tar","oci"].includes(t.get("type")??"")&&"false"!==t.get("tar");if("-"===e||"-"===t.get("dest")||r&&!t.get("dest"))throw new n.E0("USAGE",`output "${e}" would go to standard output, where the report goes: name a file with dest=FILE`);return e}}),79:((e,t,r)=>{r.d(t,{m:()=>o});let n=(e,t,r,n=null)=>({name:r,short:n,takesValue:"boolean"!==t,repeatable:"many"===t,role:e}),o=[n("step","many","add-host"),n("step","many","allow"),n("step","many","build-arg"),n("step","many","build-context"),n("step","one","builder"),n("step","many","cache-from"),n("step","one","cgroup-parent"),n("step","one","network"),n("step","many","secret"),n("step","one","shm-size"),n("step","many","ssh"),n("step","many","ulimit"),n("image","many","annotation"),n("image","many","label"),n("output","many","attest"),n("output","many","cache-to"),n("output","one","call"),n("output","boolean","check"),n("output","boolean","debug","D"),n("output","one","iidfile"),n("output","boolean","load"),n("output","one","metadata-file"),n("output","many","output","o"),n("output","one","progress"),n("output","one","provenance"),n("output","boolean","push"),n("output","one","sbom"),n("output","many","tag","t"),n("own","one","file","f"),n("own","many","platform"),n("own","one","target"),n("once","boolean","no-cache"),n("once","many","no-cache-filter"),n("once","boolean","pull"),n("ignored","boolean","compress"),n("ignored","one","cpu-period"),n("ignored","one","cpu-quota"),n("ignored","one","cpu-shares","c"),n("ignored","one","cpuset-cpus"),n("ignored","one","cpuset-mems"),n("ignored","boolean","force-rm"),n("ignored","one","isolation"),n("ignored","one","memory","m"),n("ignored","one","memory-swap"),n("ignored","boolean","rm"),n("ignored","many","security-opt"),n("ignored","boolean","squash")]}),8028:((e,t,r)=>{r.d(t,{s:()=>n,u:()=>o});let n=["always","changes","failures","off"],o="footprint: accept growth"}),3915:((e,t,r)=>{function n(e,t){let r=null,n=Math.max(1,Math.floor(e.length/3))+1;for(let o of t){let t=function(e,t){let r=[Array.from({length:t.length+1},(e,t)=>t)],n=(e,t)=>r[e]?.[t]??1/0;for(let o=1;o<=e.length;o++){let a=[o];r.push(a);for(let r=1;r<=t.length;r++){let i=e[o-1]===t[r-1],s=e[o-1]===t[r-2]&&e[o-2]===t[r-1];a.push(Math.min(n(o-1,r)+1,n(o,r-1)+1,n(o-1,r-1)+ +!i,s?n(o-2,r-2)+1:1/0))}}return n(e.length,t.length)}(e,o);t<n&&(r=o,n=t)}return null!==r?r:e.length<3?null:t.find(t=>t.startsWith(e))??null}r.d(t,{p:()=>n})}),7789:((e,t,r)=>{r.d(t,{D9:()=>s,FV:()=>i,Fw:()=>l,en:()=>o,ml:()=>u,nf:()=>d});let n=/[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]|\p{Surrogate}/gu;function o(e){return p(e).replace(n,a).replace(/(?<=^|\s):(?=:)|#(?=#\[)/g,a)}function a(e){return`\\u{${(e.codePointAt(0)??0).toString(16)}}`}function i(e){return o(e).replace(/[!-/:-@[-`{-~]/g,e=>/[.,;:'"?/@-]/.test(e)?e:`&#${e.charCodeAt(0)};`).replace(/@|(?<=&#35;)|(?<=\bGH-)|(?<=:)(?=\/\/)|(?<=\bwww)(?=\.)/gi,e=>`${e}${f}`).replace(/[0-9a-f]{7,}/gi,e=>e.replace(/.{6}/g,`$&${f}`)).replace(/^([-+]|\d+)(?=[.)\s])/,`$1${f}`)}function s(e){let t=o(e).trim();if(""===t)return"";if(!/[`|\\<]/.test(t))return`\`${t}\``;let r=t.replace(/[^\p{L}\p{N} .,/=-]|(?<=\bwww)\./giu,e=>`&#${e.codePointAt(0)??0};`);return`<code>${r}</code>`}function l(e){return o(e).replace(/[^\p{L}\p{N} .,:/_-]/gu,e=>`#${e.codePointAt(0)??0};`)}function u(e,t){let r=Array.from(p(e));return r.length<=t?r.join(""):`${r.slice(0,t-1).join("").trimEnd()}…`}function d(e,t){let r=Array.from(p(e));return r.length<=t?r.join(""):`…${r.slice(1-t).join("")}`}function p(e){return e.replace(/\s+/g," ")}let f="⁠"}),2613:(t=>{t.exports=e(import.meta.url)("assert")}),5317:(t=>{t.exports=e(import.meta.url)("child_process")}),4434:(t=>{t.exports=e(import.meta.url)("events")}),9896:(t=>{t.exports=e(import.meta.url)("fs")}),8611:(t=>{t.exports=e(import.meta.url)("http")}),5692:(t=>{t.exports=e(import.meta.url)("https")}),9278:(t=>{t.exports=e(import.meta.url)("net")}),4589:(t=>{t.exports=e(import.meta.url)("node:assert")}),6698:(t=>{t.exports=e(import.meta.url)("node:async_hooks")}),4573:(t=>{t.exports=e(import.meta.url)("node:buffer")}),7540:(t=>{t.exports=e(import.meta.url)("node:console")}),7598:(t=>{t.exports=e(import.meta.url)("node:crypto")}),3053:(t=>{t.exports=e(import.meta.url)("node:diagnostics_channel")}),610:(t=>{t.exports=e(import.meta.url)("node:dns")}),8474:(t=>{t.exports=e(import.meta.url)("node:events")}),3024:(t=>{t.exports=e(import.meta.url)("node:fs")}),1455:(t=>{t.exports=e(import.meta.url)("node:fs/promises")}),7067:(t=>{t.exports=e(import.meta.url)("node:http")}),2467:(t=>{t.exports=e(import.meta.url)("node:http2")}),7030:(t=>{t.exports=e(import.meta.url)("node:net")}),8161:(t=>{t.exports=e(import.meta.url)("node:os")}),6760:(t=>{t.exports=e(import.meta.url)("node:path")}),643:(t=>{t.exports=e(import.meta.url)("node:perf_hooks")}),1792:(t=>{t.exports=e(import.meta.url)("node:querystring")}),7075:(t=>{t.exports=e(import.meta.url)("node:stream")}),8321:(t=>{t.exports=e(import.meta.url)("node:stream/consumers")}),6466:(t=>{t.exports=e(import.meta.url)("node:stream/promises")}),8500:(t=>{t.exports=e(import.meta.url)("node:timers/promises")}),1692:(t=>{t.exports=e(import.meta.url)("node:tls")}),3136:(t=>{t.exports=e(import.meta.url)("node:url")}),7975:(t=>{t.exports=e(import.meta.url)("node:util")}),3429:(t=>{t.exports=e(import.meta.url)("node:util/types")}),5919:(t=>{t.exports=e(import.meta.url)("node:worker_threads")}),8522:(t=>{t.exports=e(import.meta.url)("node:zlib")}),857:(t=>{t.exports=e(import.meta.url)("os")}),6928:(t=>{t.exports=e(import.meta.url)("path")}),3193:(t=>{t.exports=e(import.meta.url)("string_decoder")}),3557:(t=>{t.exports=e(import.meta.url)("timers")}),4756:(t=>{t.exports=e(import.meta.url)("tls")}),9023:(t=>{t.exports=e(import.meta.url)("util")})},l={};function u(e){var t=l[e];if(void 0!==t)return t.exports;var r=l[e]={exports:{}},n=!0;try{s[e].call(r.exports,r,r.exports,u),n=!1}finally{n&&delete l[e]}return r.exports}u.m=s,u.ab=decodeURIComponent(new URL(".",import.meta.url).pathname).slice(+!!import.meta.url.match(/^file:\/\/\/\w:/),-1)+"/",t="function"==typeof Symbol?Symbol("webpack queues"):"__webpack_queues__",r="function"==typeof Symbol?Symbol("webpack exports"):"__webpack_exports__",n="function"==typeof Symbol?Symbol("webpack error"):"__webpack_error__",o=e=>{e&&e.d<1&&(e.d=1,e.forEach(e=>e.r--),e.forEach(e=>e.r--?e.r++:e()))},u.a=(e,a,i)=>{i&&((s=[]).d=-1);var s,l,u,d,p=new Set,f=e.exports,c=new Promise((e,t)=>{d=t,u=e});c[r]=f,c[t]=e=>(s&&e(s),p.forEach(e),c.catch(e=>{})),e.exports=c,a(e=>{l=e.map(e=>{if(null!==e&&"object"==typeof e){if(e[t])return e;if(e.then){var a=[];a.d=0,e.then(e=>{i[r]=e,o(a)},e=>{i[n]=e,o(a)});var i={};return i[t]=e=>e(a),i}}var s={};return s[t]=e=>{},s[r]=e,s});var a,i=()=>l.map(e=>{if(e[n])throw e[n];return e[r]}),u=new Promise(e=>{(a=()=>e(i)).r=0;var r=e=>e!==s&&!p.has(e)&&(p.add(e),e&&!e.d&&(a.r++,e.push(a)));l.map(e=>e[t](r))});return a.r?u:i()},e=>(e?d(c[n]=e):u(f),o(s))),s&&s.d<0&&(s.d=0)},u.d=(e,t)=>{for(var r in t)u.o(t,r)&&!u.o(e,r)&&Object.defineProperty(e,r,{enumerable:!0,get:t[r]})},u.f={},u.e=e=>Promise.all(Object.keys(u.f).reduce((t,r)=>(u.f[r](e,t),t),[])),u.u=e=>""+e+".index.js",u.o=(e,t)=>Object.prototype.hasOwnProperty.call(e,t),a={792:0},i=e=>{var t,r,{ids:n,modules:o,runtime:i}=e,s=0;for(t in o)u.o(o,t)&&(u.m[t]=o[t]);for(i&&i(u);s<n.length;s++)r=n[s],u.o(a,r)&&a[r]&&a[r][0](),a[n[s]]=0},u.f.j=(e,t)=>{var r=u.o(a,e)?a[e]:void 0;if(0!==r)if(r)t.push(r[1]);else{var n=import("./"+u.u(e)).then(i,t=>{throw 0!==a[e]&&(a[e]=void 0),t}),n=Promise.race([n,new Promise(t=>r=a[e]=[t])]);t.push(r[1]=n)}};var d=u(5581);await d;