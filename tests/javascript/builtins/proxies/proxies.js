// Proxies: traps and their order, callable ones, revocation, proxies among prototypes.
var log=[];
var p=new Proxy({a:1},{get(t,k,r){log.push("get "+String(k));return Reflect.get(t,k,r)}, has(t,k){log.push("has "+String(k)); return k in t}, ownKeys(t){log.push("ownKeys"); return Reflect.ownKeys(t)}, set(t,k,v,r){log.push("set "+String(k)); return Reflect.set(t,k,v,r)}, defineProperty(t,k,d){log.push("define "+String(k)+JSON.stringify(d)); return Reflect.defineProperty(t,k,d)}, getOwnPropertyDescriptor(t,k){log.push("gopd "+String(k)); return Reflect.getOwnPropertyDescriptor(t,k)}, deleteProperty(t,k){log.push("delete "+String(k)); return delete t[k]}, getPrototypeOf(t){log.push("proto"); return Reflect.getPrototypeOf(t)}});
console.log(p.a, "a" in p, Object.keys(p).join()); p.b=2; delete p.b;
console.log(p instanceof Object, log.join("|"));
for (var k in p) console.log(k);
var f=new Proxy(function(a){return [this===undefined, a]},{apply(t,th,args){return args.length}, construct(t,args,nt){return {n:args.length, nt: nt===f}}});
console.log(f(1,2), new f(1).n, new f(1,2,3).nt, typeof f, Object.prototype.toString.call(f), Array.isArray(new Proxy([],{})));
var r=Proxy.revocable({},{}); r.revoke(); r.revoke(); try{r.proxy.x}catch(e){console.log(e.message)}
try{Array.isArray(r.proxy)}catch(e){console.log(e.message)}
try{Proxy({}, {})}catch(e){console.log(e.message)}
try{new Proxy(1, {})}catch(e){console.log(e.message)}
class A extends (new Proxy(class { constructor(){ this.q=new.target.name } },{})) { #x=5; get x(){return this.#x} }
console.log(new A().q, new A().x, JSON.stringify(new Proxy({z:[1]},{})), JSON.stringify(new Proxy([1,2],{})));
var a=new Proxy([3,1,2],{}); a.push(9);
console.log(a.length, a.sort().join(), a.concat([1]).length, [].concat(a).join(), [...a].join());
var o=Object.create(new Proxy({},{get(t,k,r){return r===o?"inherited "+String(k):"no"}, set(t,k,v,r){console.log("set",k); Object.defineProperty(r,k,{value:v}); return true}}));
console.log(o.foo, o[5]); o.x=1;
console.log(o.x, Object.keys(o).length);
function refused(f) { try { return f(); } catch (error) { return error.name; } }
const locked = Object.freeze({ a: 1 });
console.log(
  refused(() => new Proxy(locked, { get: () => 2 }).a), refused(() => new Proxy(locked, { get: () => 1 }).a),
  refused(() => "a" in new Proxy(locked, { has: () => false })), refused(() => Object.keys(new Proxy(locked, { ownKeys: () => [] }))),
  refused(() => Object.keys(new Proxy({}, { ownKeys: () => ["b", "b"] }))), refused(() => Object.getPrototypeOf(new Proxy(locked, { getPrototypeOf: () => null }))),
  refused(() => Object.isExtensible(new Proxy(locked, { isExtensible: () => true }))), refused(() => Reflect.set(new Proxy(locked, { set: () => true }), "a", 2)),
  refused(() => Reflect.defineProperty(new Proxy(locked, { defineProperty: () => true }), "b", {})), refused(() => Reflect.deleteProperty(new Proxy(locked, { deleteProperty: () => true }), "a")),
  refused(() => Object.getOwnPropertyDescriptor(new Proxy(locked, { getOwnPropertyDescriptor: () => undefined }), "a")), refused(() => new (new Proxy(function () {}, { construct: () => 1 }))()),
);
const ending = Proxy.revocable(function () {}, { get() { ending.revoke(); } });
console.log(refused(() => new ending.proxy()), refused(() => Reflect.construct(Array, [], ending.proxy)));
