"""Noah 2.7.1 for one snow-free or snowy land column, slow and plain: the description of the scheme, line by line.

Nothing here is taken from the package. Metres of water, W m-2, s; ``p`` holds the parameters of the column, ``s`` its state
by the names of :data:`landda_hpc.variables.STATE`, water stores in metres.
"""

from math import atan, exp, log, log10, sqrt

F = 273.15
SIGMA, LV, LS, LF = 5.67e-8, 2.501e6, 2.83e6, 3.335e5


def step(p, s, air, dt):
    """Advance the state ``s`` in place and return the results of the step by name."""
    wind = max(sqrt(air["east"] ** 2 + air["north"] ** 2), 0.01)
    ta, pressure, rain = air["temperature"], air["pressure"], air["rain"]
    q = max(air["humidity"], 1e-6)
    latent = 2.501e6 - (4187.0 - 1870.0) * (ta - 273.16)
    es = 611.2 * exp(latent * (1 / 273.16 - 1 / ta) / 461.5)
    qsat = 0.622 * es / (pressure - (1 - 0.622) * es)
    q = 0.99 * qsat if q >= qsat else q
    dqs = 0.622 * latent * es / (461.5 * ta * ta) / pressure if 173 <= ta <= 373 else 0.0
    frozen = rain > 0 and ta <= 273.16
    z, zm, z0 = p["height"], p["height_wind"], p["z0"]
    if z < zm:
        wind = max(wind * log((z + z0) / z0) / log((zm + z0) / z0), 0.01)
    th, tv = ta + 0.0098 * z, ta * (1 + 0.61 * q)
    ch, cm = surface_layer(s, z, z0, th * (1 + 0.61 * q) - s["ts"] * (1 + 0.61 * q), wind, p["czil"])
    s["ch"], s["cm"] = ch, cm
    kdt, frzx = p["kdt"], 0.15 * (p["ws"] / p["wref"]) * (0.412 / 0.468)
    fv, rsmin, ws, wref, ww = p["fv"], p["rsmin"], p["ws"], p["wref"], p["ww"]
    if p["urban"]:
        fv, rsmin, ws, wref, ww = 0.05, 400.0, 0.45, 0.42, 0.40
    soil = {**p, "ws": ws, "wref": wref, "ww": ww, "kdt": kdt, "frzx": frzx}
    bottoms = [sum(p["dz"][:k + 1]) for k in range(len(p["dz"]))]
    d = [b - a for a, b in zip([0.0] + bottoms, bottoms)]
    n = len(d)
    soil["D"], soil["d"] = bottoms, d

    pack, depth = s["swe"], s["depth"]
    if pack == 0:
        depth = 0.0
    elif depth == 0:
        depth = 10 * pack
    rho = pack / depth if pack > 0 else 0.0
    counts = rain > 1e-20
    snowing = counts and frozen
    freezing_rain = counts and not frozen and s["ts"] <= F
    liquid_rain = rain
    if snowing or freezing_rain:
        fresh = rain * dt * 0.001
        pack, liquid_rain = pack + fresh, 0.0
        tc = ta - F
        dn = 0.05 if tc <= -15 else 0.05 + 0.0017 * (tc + 15) ** 1.5
        h, hn = 100 * depth, 100 * fresh / dn
        rho = (h * rho + hn * dn) / (h + hn)
        depth = 0.01 * (h + hn)
    ksn = 0.11631 * 0.328 * 10 ** (2.25 * rho) if pack > 0 else 1.0
    f, alb = 0.0, p["alb"]
    if pack > 0:
        r = pack / p["snup"]
        f = 1 - (exp(-4.0 * r) - r * exp(-4.0)) if r < 1 else 1.0
        alb = min(p["alb"] + f * (p["amax"] - p["alb"]), p["amax"])
    eps_out = 0.95 * f + 1.0 * (1 - f)
    t, w, u = s["t"], s["w"], s["u"]
    kap = conductivity(w[0], u[0], ws, p["qz"]) * exp(-2.0 * fv)
    half = bottoms[0] / 2
    if pack == 0:
        ground = kap * (s["ts"] - t[0]) / half
    else:
        zs = depth + half
        kap = (depth / zs * ksn + half / zs * kap) * f + kap * (1 - f)
        ground = kap * (s["ts"] - t[0]) / zs
    net_down = air["sw"] * (1 - alb) + air["lw"]
    t4 = ta ** 4
    gam = t4 * 6.48e-8 / (pressure * ch) + 1
    big_b = pressure / (287.04 * tv) * 1004.6 * ch
    if rain > 0:
        gam += (2106 if snowing else 4218) * rain / big_b
    f2 = -LF * rain if freezing_rain else 0.0
    net = net_down - SIGMA * t4 - ground - f2
    rad = net / big_b + th - ta
    theta = (2488.8 * (qsat - q) * gam + rad * 2488.8 * dqs) / (2488.8 * dqs + gam)
    ep = theta * big_b / LV
    pc = plant_coefficient(p, soil, fv, rsmin, u, air["sw"], ta, t4, q, qsat, dqs, pressure, ch) if fv > 0 else 0.0

    e = max(ep, 0.0) * 0.001
    y = (u[0] - p["wd"]) / (ws - p["wd"])
    ed = (min(y ** 2.0, 1.0) if y > 0 else 0.0) * (1 - fv) * e
    et, ec = [0.0] * n, 0.0
    if fv > 0:
        wet = (s["wc"] / 0.5e-3) ** 0.5 if s["wc"] > 0 else 0.0
        demand = fv * pc * e * (1 - wet)
        g = [min(max((u[k] - ww) / (wref - ww), 0), 1) for k in range(p["nr"])]
        mean = sum(g) / p["nr"]
        g = [gk * max(d[k] / bottoms[p["nr"] - 1] + gk - mean, 0) for k, gk in enumerate(g)]
        total = sum(g) if sum(g) > 0 else 1.0
        for k, gk in enumerate(g):
            et[k] = demand * gk / total
        ec = min(s["wc"] / dt, fv * wet * e)
    f1 = f3 = esnow = melt = 0.0
    snowy = pack > 0
    ts_old = s["ts"]
    if not snowy:
        kinematic = 1000 * (ed + ec + sum(et)) if ep > 0 else 0.0
        bet = kinematic / ep if ep > 0 else (1.0 if ep < 0 else 0.0)
        p1 = rain * 0.001 + (-ep * 0.001 if ep <= 0 else 0.0)
        q1r, q2r, q3r = water_step(soil, s, p1, fv, ed, ec, et, dt)
        kap = conductivity(w[0], u[0], ws, p["qz"]) * exp(-2.0 * fv)
        yy = ta + ((net_down - SIGMA * t4) / big_b + th - ta - bet * theta) / gam
        zz = kap / (half * big_b * gam) + 1
        heat_step(soil, s, yy, zz, kap, dt)
        s["ts"] = (yy + (zz - 1) * t[0]) / zz
        ground = kap * (s["ts"] - t[0]) / half
        tsoil = s["ts"]
    else:
        kinematic = 0.0
        ed, ec, et = ed * (1 - f), ec * (1 - f), [x * (1 - f) for x in et]
        if ep < 0:
            loss, qe = ep * 0.001 * dt, ep * ((1 - f) * LV + f * LS)
        else:
            esnow = ep * f
            loss, qe = esnow * 0.001 * dt, esnow * LS + 1000 * (ed + ec + sum(et)) * LV
        f1 = (2106 if snowing else 4218) * rain * (ts_old - ta)
        zs = depth + half
        nn = 1 + kap / (zs * gam * big_b)
        t12 = (ta + ((net_down - f1 - f2 - eps_out * SIGMA * t4) / big_b + th - ta - qe / big_b) / gam
               + kap * t[0] / (zs * big_b * gam)) / nn
        p1 = liquid_rain * 0.001
        if t12 <= F:
            s["ts"], pack = t12, max(0.0, pack - loss)
            ground = kap * (t12 - t[0]) / zs
        else:
            s["ts"] = F * f * f + t12 * (1 - f * f)
            ground = kap * (s["ts"] - t[0]) / zs
            if pack - loss <= 1e-6:
                pack = 0.0
            else:
                pack -= loss
                f3 = max(net_down - f1 - f2 - eps_out * SIGMA * s["ts"] ** 4 - ground - big_b * (s["ts"] - th) - qe, 0.0)
                rate = f3 * 0.001 / LF
                melt = rate * dt
                if pack - melt >= 1e-6:
                    pack -= melt
                else:
                    rate, melt = pack / dt, pack
                    f3, pack = rate * 1000 * LF, 0.0
                p1 += rate
        q1r, q2r, q3r = water_step(soil, s, p1, fv, ed, ec, et, dt)
        tsoil = t[0] + half * ground / kap
        heat_step(soil, s, tsoil, 1.0, kap, dt)
        if pack > 0:
            depth, rho = compacted(pack, rho, s["ts"], tsoil, dt)
        else:
            depth, f = 0.0, 0.0
    s["qs"] = q + kinematic * 1004.5 / big_b
    sensible = -(ch * 1004.5 * pressure / (287.04 * tv)) * (th - s["ts"])
    evaporation = 1000 * (ed + ec + sum(et)) + esnow if ep > 0 else ep
    to_watts = (1 - f) * LV + f * LS
    flux = 1000 * LV * (ed + ec + sum(et)) + LS * esnow if ep > 0 else ep * to_watts
    if s["ts"] >= 275.15 and (depth <= 1e-6 or pack <= 1e-3):
        pack = depth = 0.0
    s["swe"], s["depth"], s["cover"] = pack, depth, f
    s["alb"], s["eps"], s["z0"] = alb, eps_out, z0
    available = sum((wk - ww) * dk for wk, dk in zip(w, d)) / sum((ws - ww) * dk for dk in d)
    return {"latent_heat_flux": flux, "sensible_heat_flux": sensible, "ground_heat_flux": ground, "evaporation": evaporation,
            "surface_runoff": q1r, "drainage": q2r + q3r / dt, "melt_heat": f3, "snow_melt": melt, "precipitation_heat": f1,
            "soil_top_temperature": tsoil, "potential_evaporation": ep * to_watts, "root_zone_availability": available,
            "humidity": q, "wind_speed": wind, "plant_coefficient": pc}


def surface_layer(s, z, z0, dth, wind, czil):
    zil = -czil * 0.4 * 258.2
    btg = (1.0 / 270.0) * 9.8
    cmin = 0.001 / z
    ch, cm = s["ch"], s["cm"]
    v2 = max(wind * wind, 1e-4)

    def conv(c):
        return 1.2 ** 2 * abs(btg * 1000 * c * dth) ** (2 / 3) if dth != 0 else 0.0

    def heat_roughness(ust):
        zt = z0 * exp(zil * sqrt(ust * z0))
        return 1e-6 if zt < 1e-15 else zt

    def pm(x):
        x = sqrt(sqrt(1 - 16 * x))
        return -2 * log((x + 1) / 2) - log((x * x + 1) / 2) + 2 * atan(x) - 3.14159265 / 2

    def ph(x):
        x = sqrt(sqrt(1 - 16 * x))
        return -2 * log((x * x + 1) / 2)

    w2 = conv(ch)
    ust = max(sqrt(cm * sqrt(v2 + w2)), 0.07)
    zt = heat_roughness(ust)
    hu, ht = z + z0, z + zt
    lu, lt = log(hu / z0), log(ht / zt)
    r = 0.4 * btg * ch * dth / ust ** 3
    for _ in range(5):
        a = max(ht * r, -5)
        r = a / ht
        c, c0, a0 = hu * r, z0 * r, zt * r
        if r < 0:
            fm, fh = pm(c) - pm(c0) + lu, ph(a) - ph(a0) + lt
        else:
            fm, fh = 5 * min(c, 1) - 5 * c0 + lu, 5 * min(a, 1) - 5 * a0 + lt
        ust = max(sqrt(cm * sqrt(v2 + w2)), 0.07)
        zt = heat_roughness(ust)
        ht = z + zt
        lt = log(ht / zt)
        cm = max(0.4 * ust / fm, cmin) if fm != 0 else cmin
        ch = max(0.4 * ust / fh, cmin) if fh != 0 else cmin
        w2 = conv(ch)
        r = 0.15 * r + 0.85 * (0.4 * btg * ch * dth / ust ** 3)
    return ch, cm


def conductivity(w, u, ws, qz):
    sr = w / ws
    kso = 7.7 ** qz * 2.0 ** (1 - qz)
    xu = ws * (u + 1e-9) / (w + 1e-9)
    saturated = kso ** (1 - ws) * 2.2 ** (ws - xu) * 0.57 ** xu
    gd = 2700 * (1 - ws)
    dry = (0.135 * gd + 64.7) / (2700 - 0.947 * gd)
    ke = sr if u + 0.0005 < w else (log10(sr) + 1 if sr > 0.1 else 0.0)
    return ke * (saturated - dry) + dry


def plant_coefficient(p, soil, fv, rsmin, u, sw, ta, t4, q, qsat, dqs, pressure, ch):
    ff = 0.55 * 2 * sw / (p["rgl"] * p["lai"])
    rcs = max((ff + rsmin / 5000.0) / (1 + ff), 0.0001)
    rct = max(1 - 0.0016 * (298.0 - ta) ** 2, 0.0001)
    rcq = max(1 / (1 + p["hs"] * (qsat - q)), 0.01)
    g = [min(max((u[k] - soil["ww"]) / (soil["wref"] - soil["ww"]), 0), 1) for k in range(p["nr"])]
    rcw = max(sum(soil["d"][k] / soil["D"][p["nr"] - 1] * g[k] for k in range(p["nr"])), 0.0001)
    rc = rsmin / (p["lai"] * rcs * rct * rcq * rcw)
    gr = 4 * SIGMA * 287.04 / 1004.5 * t4 / (pressure * ch) + 1
    dl = 2.501e6 / 1004.5 * dqs
    return (gr + dl) / (gr * (1 + rc * ch) + dl)


def solve(lower, diagonal, upper, right):
    """Solve a tridiagonal system by elimination."""
    diagonal, right = list(diagonal), list(right)
    for k in range(1, len(right)):
        m = lower[k] / diagonal[k - 1]
        diagonal[k] -= m * upper[k - 1]
        right[k] -= m * right[k - 1]
    x = [0.0] * len(right)
    for k in reversed(range(len(right))):
        x[k] = (right[k] - (upper[k] * x[k + 1] if k + 1 < len(right) else 0.0)) / diagonal[k]
    return x


def water_step(p, s, p1, fv, ed, ec, et, dt):
    d, bottoms, ws = p["d"], p["D"], p["ws"]
    n = len(d)
    change = fv * p1 - ec
    filled = s["wc"] + dt * change
    drip = max(filled - 0.5e-3, 0.0)
    pd = (1 - fv) * p1 + drip / dt
    ice = [w - u for w, u in zip(s["w"], s["u"])]
    two = pd * dt > 0.001 * 1000 * bottoms[0] * ws
    old = list(s["u"])
    total, liquid, q1r, q2r, q3r = profile(p, old, old, ice, pd, ed, et, dt)
    if two:
        middle = [0.5 * (a + b) for a, b in zip(old, liquid)]
        total, liquid, q1r, q2r, q3r = profile(p, old, middle, ice, pd, ed, et, dt)
    for k in range(n):
        s["w"][k], s["u"][k] = total[k], liquid[k]
    s["wc"] = 0.0 if filled < 1e-20 else min(filled, 0.5e-3)
    return q1r, q2r, q3r


def profile(p, u, x, ice, pd, ed, et, dt):
    d, bottoms, ws, ww, b = p["d"], p["D"], p["ws"], p["ww"], p["b"]
    n = len(d)
    im = max(0.0, *ice)
    dif, con = [], []
    for k in range(n):
        value = p["ds"] * (x[k] / ws) ** (b + 2)
        if im > 0:
            v = 1 / (1 + (500 * im) ** 3)
            value = v * value + (1 - v) * p["ds"] * (0.2 / ws) ** (b + 2)
        dif.append(value)
        con.append(p["ks"] * (x[k] / ws) ** (2 * b + 3))
    q1r, pin = 0.0, pd
    if pd != 0:
        cap = ws - ww
        deficit = sum(d[k] * cap * (1 - (x[k] + ice[k] - ww) / cap) for k in range(n))
        frozen = sum(d[k] * ice[k] for k in range(n))
        dv = deficit * (1 - exp(-p["kdt"] * dt / 86400))
        depth = max(pd * dt, 0.0)
        most = depth * (dv / (depth + dv)) / dt if depth + dv != 0 else 0.0
        if frozen > 0.01:
            a = 3 * p["frzx"] / frozen
            most *= 1 - exp(-a) * (1 + a * a / 2 + a)
        most = min(max(most, con[0]), depth)
        if pd > most:
            q1r, pin = pd - most, most
    lower, diagonal, upper, right = [0.0] * n, [0.0] * n, [0.0] * n, [0.0] * n
    for k in range(n):
        above = bottoms[k - 1] if k else 0.0
        inflow = pin - ed
        if k:
            h = 2 / (bottoms[k] - (bottoms[k - 2] if k > 1 else 0.0))
            lower[k] = -dif[k - 1] * h / d[k]
            inflow = dif[k - 1] * (u[k - 1] - u[k]) * h + con[k - 1]
        outflow = con[k]
        if k < n - 1:
            h = 2 / (bottoms[k + 1] - above)
            upper[k] = -dif[k] * h / d[k]
            outflow += dif[k] * (u[k] - u[k + 1]) * h
        diagonal[k] = -(lower[k] + upper[k])
        right[k] = -(outflow - inflow + et[k]) / d[k]
    move = solve([a * dt for a in lower], [1 + a * dt for a in diagonal], [a * dt for a in upper], [a * dt for a in right])
    excess, total, liquid = 0.0, [], []
    for k in range(n):
        value = u[k] + move[k] + excess / d[k] + ice[k]
        excess = (value - ws) * d[k] if value > ws else 0.0
        total.append(max(min(value, ws), 0.02))
        liquid.append(max(total[k] - ice[k], 0.0))
    return total, liquid, q1r, con[-1], excess


def heat_step(p, s, yy, zz, kap, dt):
    d, bottoms, ws = p["d"], p["D"], p["ws"]
    t, w, u = s["t"], s["w"], s["u"]
    n = len(d)
    lower, diagonal, upper, right = [0.0] * n, [0.0] * n, [0.0] * n, [0.0] * n
    up_flux = up_h = 0.0
    up_t = (yy + (zz - 1) * t[0]) / zz
    for k in range(n):
        above = bottoms[k - 1] if k else 0.0
        stored = d[k] * (u[k] * 4.2e6 + (1 - ws) * 2e6 + (ws - w[k]) * 1004.0 + (w[k] - u[k]) * 2.106e6)
        kn = kap if k == 0 else conductivity(w[k], u[k], ws, p["qz"])
        below_t, below_d = (t[k + 1], bottoms[k + 1]) if k < n - 1 else (p["tbot"], 2 * 8.0 - bottoms[k])
        gradient = (t[k] - below_t) / (0.5 * (below_d - above))
        inflow = up_flux if k else kap * (yy - t[0]) / (0.5 * d[0] * zz)
        if k:
            lower[k] = -kap * up_h / stored
        else:
            diagonal[0] = kap / (0.5 * d[0] * stored * zz)
        if k < n - 1:
            upper[k] = -kn * 2 / (below_d - above) / stored
        diagonal[k] += -(lower[k] + upper[k])
        right[k] = (inflow - kn * gradient) / stored
        low_t = t[k] + (below_t - t[k]) * d[k] / (below_d - above)
        if w[k] - u[k] > 0 or min(up_t, t[k], low_t) < F:
            right[k] += freeze(p, s, k, layer_mean(up_t, t[k], low_t, d[k]), inflow - kn * gradient, dt) / stored
        up_flux, up_h, up_t = kn * gradient, 2 / (below_d - above), low_t
    move = solve([a * dt for a in lower], [1 + a * dt for a in diagonal], [a * dt for a in upper], [a * dt for a in right])
    for k in range(n):
        t[k] += move[k]


def layer_mean(a, m, c, z):
    """Return the mean of a temperature that is linear from top to middle and from middle to bottom, as two trapezoids.

    Where a part crosses the freezing point its warm side counts as at that point, unless all ends are on one side.
    """
    if max(a, m, c) < F or min(a, m, c) >= F:
        return (a + 2 * m + c) / 4

    def half(x, y):
        h = z / 2
        if x >= F and y >= F:
            return F * h
        if x < F and y < F:
            return 0.5 * (x + y) * h
        cold, warm = min(x, y), max(x, y)
        length = h * (F - cold) / (warm - cold)
        return 0.5 * (cold + F) * length + F * (h - length)

    return (half(a, m) + half(m, c)) / z


def freeze(p, s, k, mean, heat, dt):
    w, u, z = s["w"][k], s["u"][k], p["d"][k]
    b, psi, ws = min(p["b"], 5.5), p["psi"], p["ws"]
    free = w
    if mean <= F - 0.001:
        ice = max(min(w - u, w - 0.02), 0.0)
        for _ in range(10):
            df = (log(psi * 9.81 / LF * (1 + 8 * ice) ** 2) + b * log(ws / (w - ice)) - log(-(mean - F) / mean))
            new = max(min(ice - df / (2 * 8 / (1 + 8 * ice) + b / (w - ice)), w - 0.02), 0.0)
            move, ice = abs(new - ice), new
            if move <= 0.005:
                break
        free = w - ice
    v = u + heat * dt / (1000 * LF * z)
    if v < u and v < free:
        v = u if free > u else free
    if v > u and v > free:
        v = u if free < u else free
    v = min(max(v, 0.0), w)
    s["u"][k] = v
    return -1000 * LF * z * (v - u) / dt


def compacted(pack, rho, ts, tsoil, dt):
    e, hours = 100 * pack, dt / 3600
    x = hours * 0.01 * exp(0.08 * 0.5 * (ts - F + tsoil - F) - 21 * rho) * max(e, 0.01)
    rho = max(min(rho * (1 + x / 2 * (1 + x / 3 * (1 + x / 4 * (1 + x / 5)))), 0.40), 0.05)
    if ts - F >= 0:
        wet = 0.13 * hours / 24
        rho = min(rho * (1 - wet) + wet, 0.40)
    return 0.01 * e / rho, rho
