"""csv_corpus.py KINDS OUT: cells as rille read them against Python's csv module, types against pandas."""
import csv, sys, os, io, warnings, collections
import pandas as pd
warnings.simplefilter('ignore'); csv.field_size_limit(1<<30)
C=collections.Counter(); refused=collections.Counter(); why=collections.Counter(); ex=collections.defaultdict(list)
import re
for line in open(sys.argv[1],errors='replace'):
    p=line.rstrip('\n').split('\t')
    C['files']+=1
    if p[0]=='E':
        C['refused']+=1
        m=p[3]
        if m.startswith(p[2]): m=m[len(p[2]):]
        m=re.sub(r'^:\d+:\d+: |^: | ','',m,1) if not m.startswith(' ') else m[1:]
        m=re.sub(r'"[^"]*"','""',m); m=re.sub(r'0x..','0xNN',m); m=re.sub(r'\d+','N',m)
        refused[m[:90]]+=1
        if len(ex[m[:90]])<3: ex[m[:90]].append(p[2])
        continue
    path,kinds=p[2],p[3].split(',')
    C['read']+=1; C['columns']+=len(kinds)
    raw=open(path,'rb').read()
    if raw[:2]in(b'\xff\xfe',b'\xfe\xff'): t=raw.decode('utf-16')
    elif raw[:2]==b'\x1f\x8b':
        import gzip; t=gzip.decompress(raw).decode('utf-8-sig')
    else: t=raw.decode('utf-8-sig')
    m=re.match(r'sep=(.)\r?\n',t)
    if m: t=t[m.end():]
    try:
        mine=list(csv.reader(open('%s/%s.csv'%(sys.argv[2],p[1]),newline='',encoding='utf-8')))
        rows=None
        for d in ',;\t|':
            r=[x for x in csv.reader(io.StringIO(t,newline=''),delimiter=d) if x]
            if r and len(r[0])==len(kinds): rows=r; sep=d; break
    except csv.Error as e:
        why['python: '+str(e)]+=1; continue
    if rows is None: why['other columns']+=1; ex['other columns'].append(path); continue
    head=[a for i,a in enumerate(rows[0])]
    if any(a!=b and a!='' for a,b in zip(head,mine[0])): why['header differs']+=1; ex['header'].append(path)
    body,mb=rows[1:],mine[1:]
    if len(kinds)==1: mb=[x for x in mb if x]
    if len(body)!=len(mb): why['rows differ']+=1; ex['rows'].append(path); continue
    bad=0
    for a,b in zip(body,mb):
        C['cells']+=len(b)
        if a!=b: bad+=sum(x!=y for x,y in zip(a,b))
    C['cells that differ']+=bad
    if bad: why['cells differ']+=1; ex['cells'].append(path)
    try: df=pd.read_csv(io.StringIO(t),sep=sep,index_col=False,low_memory=False)
    except Exception as e: why['pandas: '+type(e).__name__]+=1; continue
    if len(df.columns)!=len(kinds): continue
    for i,(c,k) in enumerate(zip(df.columns,kinds)):
        num=df[c].dtype.kind in 'iuf'
        C['pandas numbers']+=num
        if num and k=='string':
            C['numbers in pandas, text here']+=1
            vals=set(r[i].strip() for r in body if len(r)>i)
            if any(re.match(r'^[+-]?0\d',v) for v in vals): w='leading zeros'
            else:
                na=set(v for v in vals if v and not re.match(r'^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$',v) and v.lower() not in('inf','-inf','nan'))
                w='missing spelled '+' '.join(sorted(na)) if na else 'other'
            why[w]+=1
            if w=='other': ex['other'].append((path,c))
        if not num and k in('i64','f64') and df[c].dtype.kind=='O': why['text in pandas, '+k+' here']+=1; ex['textpd'].append((path,c))
for c in (C,refused,why):
    for k,v in c.most_common(): print(v,k)
    print()
for k in ex: print(k,ex[k][:4])
