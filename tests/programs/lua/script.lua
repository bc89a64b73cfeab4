local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
print(fib(20))

local t = {}
for i = 1, 1000 do t[i] = (i * 7919) % 1009 end
table.sort(t)
print(t[1], t[500], t[1000], #t)
table.sort(t, function(a, b) return a % 10 < b % 10 or a % 10 == b % 10 and a > b end)
print(t[1], t[500], t[1000])

print(string.format("%5.2f %s %q %x %g", math.pi, ("abc"):rep(3, "-"), "x\ny", 48879, 1e100))
print(7 // 2, -7 // 2, -7 % 3, 7.5 // 2, 2^53, 1 << 62, 10 / 3, 1 / 0, math.maxinteger + 1 == math.mininteger)
print(("the quick brown fox"):gsub("%a+", function(w) return w:sub(1, 1):upper() .. w:sub(2) end))
for k, v in ("a=1, b=2"):gmatch("(%w+)=(%w+)") do io.write(k, v, " ") end print()

local co = coroutine.wrap(function(a) for i = 1, 3 do a = a + coroutine.yield(a * i) end return "end" end)
print(co(1), co(2), co(3), co(4))

-- Errors: each is a longjmp, each pcall a setjmp.
print(pcall(function() local x = nil; return x.y end))
print(select(2, pcall(error, { code = 7 })).code, select("#", pcall(error)))
local caught = 0
for i = 1, 2000 do if not pcall(function() if i % 3 == 0 then error(i) end end) then caught = caught + 1 end end
print(caught)
local function deep(n) if n == 0 then error("deep", 0) end return 1 + deep(n - 1) end
print(xpcall(deep, function(m) return m .. "!" end, 100))
print(pcall(function() local function f() return 1 + f() end return f() end) == false)
do
  local log = {}
  local ok = pcall(function()
    local a <close> = setmetatable({}, { __close = function() log[#log + 1] = "closed" end })
    error("out")
  end)
  print(ok, table.concat(log))
end

local V = {}
V.__index = V
V.__add = function(a, b) return setmetatable({ x = a.x + b.x }, V) end
V.__tostring = function(v) return "V(" .. v.x .. ")" end
print(tostring(setmetatable({ x = 1 }, V) + setmetatable({ x = 2.5 }, V)))
print(load("local a, b = ... ; return a .. b, #b")("x", "yz"))

local file = assert(io.open("lines.txt", "w+"))
for i = 1, 100 do file:write(i, " ", i * i, "\n") end
file:seek("set", 0)
local sum = 0
for line in file:lines() do sum = sum + tonumber(line:match("%d+$")) end
print(sum, file:seek("end"), file:close(), (select(2, io.open("none/such"))))
collectgarbage()
print(#arg, arg[1])
